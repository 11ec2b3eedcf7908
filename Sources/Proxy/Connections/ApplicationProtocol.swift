/// The names by which two ends of TLS agree on what they speak (ALPN, RFC 7301).
enum ApplicationProtocol {
    static let http2 = "h2"
    static let http11 = "http/1.1"
    /// Between two proxies: the bytes are the applications' own.
    static let opaque = "martlet-tcp/1"
}
