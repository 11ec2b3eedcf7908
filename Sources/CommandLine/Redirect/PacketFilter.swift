import ArgumentParser

/// What a machine's packet filter is spoken to by.
enum PacketFilterKind: String, CaseIterable, ExpressibleByArgument {
    /// The rules are a table of their own.
    case nft
    /// The rules are chains of the table `nat`, one for each version of IP.
    case iptables

    var other: PacketFilterKind { self == .nft ? .iptables : .nft }

    /// The rules on a machine that has none yet.
    func script(_ rules: RedirectRules) -> String {
        switch self {
        case .nft: rules.nftablesScript
        case .iptables: IPTables.Version.allCases.map { "# \($0.restore)\n\(rules.iptablesScript($0))" }.joined()
        }
    }
}

/// Reads and writes the rules of one machine.
protocol PacketFilter {
    /// The rules that are there, as the system writes them; nil when there are none.
    func list() throws(RedirectError) -> String?

    /// Puts the rules in the place of those that are there.
    func install(_ rules: RedirectRules) throws(RedirectError)

    /// Takes the rules away that are there.
    func remove() throws(RedirectError)
}

/// Where the programs are, for a machine that has them elsewhere.
struct PacketFilterOption: ParsableArguments {
    @Option(help: ArgumentHelp("The program nft (default: where Debian has it).", valueName: "path"))
    var nft: String?

    @Option(
        help: ArgumentHelp(
            "The program iptables, or iptables-legacy; the others of its name stand beside it.", valueName: "path"))
    var iptables: String?

    /// Their usual places; /usr/sbin is not on everybody's PATH.
    private static let folders = ["/usr/sbin/", "/sbin/", "/usr/bin/", "/usr/local/sbin/"]

    private func path(_ kind: PacketFilterKind) -> String? {
        switch kind {
        case .nft: nft ?? Self.found(kind)
        case .iptables: iptables ?? Self.found(kind)
        }
    }

    private static func found(_ kind: PacketFilterKind) -> String? {
        folders.map { $0 + kind.rawValue }.first(where: FilterProgram.isThere)
    }

    /// What rules are written by when nobody says: nft, unless only iptables is there.
    var preferred: PacketFilterKind { path(.nft) == nil && path(.iptables) != nil ? .iptables : .nft }

    func open(_ kind: PacketFilterKind) throws(RedirectError) -> any PacketFilter {
        switch kind {
        case .nft: try NFTables(path: path(kind) ?? "nft")
        case .iptables: try IPTables(path: path(kind) ?? "iptables")
        }
    }

    /// What the machine has of the two, where rules may be.
    func openAll() throws(RedirectError) -> [any PacketFilter] {
        var all: [any PacketFilter] = []
        for kind in PacketFilterKind.allCases where path(kind) != nil { all.append(try open(kind)) }
        if all.isEmpty { all.append(try open(.nft)) }
        return all
    }

    /// The other of the two, where the machine has it.
    func openOther(than kind: PacketFilterKind) throws(RedirectError) -> (any PacketFilter)? {
        path(kind.other) == nil ? nil : try open(kind.other)
    }
}
