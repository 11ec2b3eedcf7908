/// `docs/configuration.md`, written from the schemas so that it cannot fall behind them.
package enum ConfigurationReference {
    package static var markdown: String {
        introduction
            + "\n## martlet-proxy\n" + tables(ProxyConfiguration.schema.settings.flatMap(\.summaries))
            + "\n## martlet-collector\n" + tables(CollectorSettings.schema.settings.flatMap(\.summaries))
            + "\n## martlet-controller identity\n"
            + tables(IdentityServiceSettings.schema.settings.flatMap(\.summaries))
    }

    private static let introduction = """
        # Configuration

        Every setting has a key in the YAML file (`--config FILE`) and a flag; a flag wins over the file, and a list
        given by flags replaces the file's list. Flags alone are enough, no file is needed. `--check` reads everything,
        reports every mistake with file, line and key, and ends without serving.

        - Durations are whole numbers with a unit: `500ms`, `10s`, `1m`, `24h`, `7d`.
        - Sizes are whole numbers of bytes or with a unit: `4096`, `64KiB`, `16MiB`, `10GiB`.
        - `[]` in a key stands for each element of a list.
        - A listener's port 0 takes any free port. Names are resolved for endpoints only, when the file is loaded.
        - A changed file is loaded while running, unless the setting says that it needs a restart.
        - Files are plain YAML of at most 4 MiB: no anchors, aliases, tags or second documents, and no key twice.

        This page is generated; `MARTLET_WRITE_DOCS=1 swift test --filter ConfigurationReferenceTests` writes it anew.

        """

    /// One table per first part of the key, in the order of the schema.
    private static func tables(_ settings: [SettingSummary]) -> String {
        var sections: [(name: String, rows: [String])] = []
        for setting in settings {
            let isTopLevel = !setting.key.contains(".")
            let name = isTopLevel ? "general" : String(setting.key.prefix { $0 != "." && $0 != "[" })
            let position = sections.firstIndex { $0.name == name } ?? sections.count
            if position == sections.count { sections.append((name, [])) }
            sections[position].rows.append(row(setting))
        }
        return sections.map { "\n### \($0.name)\n\n\(header)\n\($0.rows.joined(separator: "\n"))\n" }.joined()
    }

    private static let header = """
        | key | flag | type | unit | default | allowed | effect |
        |---|---|---|---|---|---|---|
        """

    private static func row(_ setting: SettingSummary) -> String {
        let otherwise = setting.isRequired ? "required" : "none"
        let cells = [
            "`\(setting.key)`", setting.flag.map { "`--\($0)`" } ?? "", setting.type, setting.unit,
            setting.defaultText.map { "`\($0)`" } ?? otherwise, setting.allowed,
            setting.effect + (setting.isFixed ? " A change needs a restart." : ""),
        ]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
}
