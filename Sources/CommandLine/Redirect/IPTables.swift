/// The rules in chains of iptables and ip6tables, for machines without nftables.
///
/// What is written for one version of IP is one transaction of `iptables-restore --noflush`, which leaves others' rules alone.
struct IPTables: PacketFilter {
    /// Of IP; each has its own programs and rules.
    enum Version: CaseIterable {
        case v4, v6

        var name: String { self == .v4 ? "iptables" : "ip6tables" }
        /// How its script is used.
        var restore: String { "\(name)-restore --noflush" }
    }

    private struct Table {
        let version: Version
        let save: FilterProgram
        let restore: FilterProgram

        /// The lines of ours.
        func present() throws(RedirectError) -> [String] {
            let all = try save.output(["-t", "nat"], unlessItSays: "does not exist")
            return (all ?? "").split(separator: "\n").map(String.init).filter(RedirectRules.isOurs)
        }

        func apply(_ script: String, isTest: Bool = false) throws(RedirectError) {
            // Another program may be writing: it gets this long, in seconds.
            let arguments = ["--noflush", "--wait", "10"] + (isTest ? ["--test"] : [])
            try restore.output(arguments, input: script)
        }
    }

    private let tables: [Table]

    /// - Parameter path: of `iptables`, or of another program whose name begins so.
    init(path: String) throws(RedirectError) {
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let (folder, name) = (path[..<slash], path[slash...])
        guard name.hasPrefix("iptables") else {
            throw RedirectError("--iptables: found \(path), expected a program whose name begins with iptables")
        }
        var tables: [Table] = []
        for version in Version.allCases {
            let program = folder + version.name + name.dropFirst(Version.v4.name.count)
            tables.append(
                Table(
                    version: version, save: try FilterProgram("\(program)-save", package: "iptables"),
                    restore: try FilterProgram("\(program)-restore", package: "iptables")))
        }
        self.tables = tables
    }

    func list() throws(RedirectError) -> String? {
        var text = ""
        for table in tables {
            let lines = try table.present()
            if !lines.isEmpty { text += "# \(table.version.name)\n" + lines.map { $0 + "\n" }.joined() }
        }
        return text.isEmpty ? nil : text
    }

    func install(_ rules: RedirectRules) throws(RedirectError) {
        try write { version, present in rules.iptablesScript(version, over: present) }
    }

    func remove() throws(RedirectError) { try write { _, present in RedirectRules.iptablesRemoval(of: present) } }

    /// Both versions are tried before one is written: a mistake in one must not leave the other alone.
    private func write(_ script: (Version, _ present: [String]) -> String) throws(RedirectError) {
        var scripts: [String] = []
        for table in tables { scripts.append(script(table.version, try table.present())) }
        for (table, script) in zip(tables, scripts) { try table.apply(script, isTest: true) }
        for (table, script) in zip(tables, scripts) { try table.apply(script) }
    }
}
