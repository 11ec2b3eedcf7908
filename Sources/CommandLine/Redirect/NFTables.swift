/// The rules in a table of nftables, by the program `nft`.
struct NFTables: PacketFilter {
    private let nft: FilterProgram

    init(path: String) throws(RedirectError) { nft = try FilterProgram(path, package: "nftables") }

    func list() throws(RedirectError) -> String? {
        try nft.output(["list", "table", "inet", RedirectRules.table], unlessItSays: "No such file")
    }

    /// Takes over a script as a whole, or nothing of it.
    func install(_ rules: RedirectRules) throws(RedirectError) {
        try nft.output(["-f", "-"], input: rules.nftablesScript)
    }

    func remove() throws(RedirectError) { try nft.output(["-f", "-"], input: RedirectRules.nftablesRemoval) }
}
