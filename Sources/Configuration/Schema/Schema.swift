/// All settings of one configuration or list element, and the rules between them.
package struct Schema<Root: Configurable>: Sendable {
    typealias Rule = @Sendable (Root, _ path: String, inout ConfigurationReading) -> Void

    package let settings: [Setting<Root>]
    private let rules: [Rule]

    init(_ settings: [Setting<Root>], rules: [Rule] = []) {
        self.settings = settings
        self.rules = rules
    }

    package func setting(flag: String) -> Setting<Root>? { settings.first { $0.flag == flag } }

    /// The configuration that a file and flags describe together; a flag wins over the file.
    package func load(file: ConfigurationFile?, flags: [GivenFlag]) throws(ConfigurationErrors) -> Root {
        var reading = ConfigurationReading(fileName: file?.name)
        var root = Root()
        if let file {
            let document = YAMLDocument(file.bytes)
            for fault in document.faults { reading.report(fault) }
            if document.root == nil, !document.faults.isEmpty { throw ConfigurationErrors(reading.issues) }
            if let node = document.root { decode(node, path: "", into: &root, &reading) }
        }
        assign(flags, to: &root, &reading)
        check(root, path: "", &reading)
        guard reading.issues.isEmpty else { throw ConfigurationErrors(reading.issues) }
        return root
    }

    /// Every setting with its value, defaults included, as the file would state it.
    func encode(_ root: Root) -> YAMLNode {
        encode(
            settings.compactMap { setting in
                setting.encode(root).map { (setting.key.split(separator: ".").map(String.init), $0) }
            })
    }

    private func encode(_ values: [(keys: [String], node: YAMLNode)]) -> YAMLNode {
        var entries: [YAMLEntry] = []
        for key in values.map({ $0.keys[0] }) where !entries.contains(where: { $0.key == key }) {
            let below = values.filter { $0.keys[0] == key }
            let isValue = below[0].keys.count == 1
            let node = isValue ? below[0].node : encode(below.map { (Array($0.keys.dropFirst()), $0.node) })
            entries.append(YAMLEntry(key: key, keyMark: .start, value: node))
        }
        return YAMLNode(.mapping(entries))
    }

    // MARK: Reading

    /// - Parameters:
    ///   - path: where the mapping stands in the document, for errors.
    ///   - section: where it stands in the schema.
    func decode(
        _ node: YAMLNode, path: String, section: String = "", into root: inout Root,
        _ reading: inout ConfigurationReading
    ) {
        switch node.content {
        case .refused: return
        case .mapping(let entries):
            for entry in entries { decode(entry, path: path, section: section, into: &root, &reading) }
        case .scalar where node.isNull: return
        case .scalar, .sequence:
            let example = "\(keys(in: section).first ?? ""): …"
            reading.report(.malformed(found: node.found, allowed: "a mapping", example: example), at: path)
        }
    }

    private func decode(
        _ entry: YAMLEntry, path: String, section: String, into root: inout Root, _ reading: inout ConfigurationReading
    ) {
        let entryPath = join(path, entry.key)
        let key = join(section, entry.key)
        if let setting = settings.first(where: { $0.key == key && !$0.isFlagOnly }) {
            reading.note(entryPath, at: entry.keyMark)
            setting.decode(entry.value, entryPath, &root, &reading)
        } else if settings.contains(where: { $0.key.hasPrefix(key + ".") }) {
            reading.note(entryPath, at: entry.keyMark)
            decode(entry.value, path: entryPath, section: key, into: &root, &reading)
        } else {
            let known = keys(in: section)
            reading.note(entryPath, at: entry.keyMark)
            reading.report(.unknownKey(nearest: nearest(to: entry.key, among: known), known: known), at: entryPath)
        }
    }

    /// The keys that may stand in a section, in the order of the schema.
    private func keys(in section: String) -> [String] {
        var keys: [String] = []
        for setting in settings where !setting.isFlagOnly {
            guard section.isEmpty || setting.key.hasPrefix(section + ".") else { continue }
            let rest = setting.key.dropFirst(section.isEmpty ? 0 : section.count + 1)
            let key = String(rest.prefix { $0 != "." })
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    private func assign(_ flags: [GivenFlag], to root: inout Root, _ reading: inout ConfigurationReading) {
        for flag in flags {
            precondition(setting(flag: flag.name) != nil, "the flag --\(flag.name) has no setting")
        }
        for setting in settings {
            guard let name = setting.flag else { continue }
            let values = flags.filter { $0.name == name }.map(\.value)
            guard let last = values.last else { continue }
            reading.note(setting.key, flag: name)
            setting.assign(setting.isRepeatable ? values : [last], &root, &reading)
        }
    }

    func check(_ root: Root, path: String, _ reading: inout ConfigurationReading) {
        for setting in settings where setting.isRequired && setting.encode(root) != nil {
            let settingPath = join(path, setting.key)
            if !reading.wasGiven(settingPath) {
                reading.reportMissing(setting.expectation, at: settingPath, flag: setting.flag)
            }
        }
        for rule in rules { rule(root, path, &reading) }
    }
}
