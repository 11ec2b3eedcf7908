extension ProxyConfiguration { package func rendered() -> String { "" } }
