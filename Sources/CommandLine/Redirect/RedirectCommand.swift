import ArgumentParser

/// `martlet redirect`: brings a workload's connections to its proxy without the workload's knowledge.
struct RedirectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redirect", abstract: "Has the packet filter bring a workload's connections to its proxy.",
        discussion: """
            Examples
              What a workload opens and what others open to it, but for ssh; the proxy runs as user 2102 with --transparent:
                martlet redirect install --proxy-uid 2102 --skip-inbound 22

              Only look at the rules that this would write:
                martlet redirect install --skip-outbound 25,587 --dry-run

              What is there now, and without it:
                martlet redirect show
                martlet redirect remove
            """,
        subcommands: [InstallRedirect.self, RemoveRedirect.self, ShowRedirect.self])
}

/// `martlet redirect remove`.
struct RemoveRedirect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Takes the rules away, if they are there.",
        discussion: """
            Examples
              Connections that are open keep their way:
                martlet redirect remove
            """)

    @Flag(help: "Print what would be done, and do nothing.")
    var dryRun = false

    @OptionGroup var tool: PacketFilterOption

    func run() throws {
        var taken = ""
        for filter in try tool.openAll() {
            guard let rules = try filter.list() else { continue }
            taken += rules
            if !dryRun { try filter.remove() }
        }
        if taken.isEmpty { return print("nothing is redirected") }
        print(dryRun ? "would be taken away:\n\(taken)" : "nothing is redirected any more\n", terminator: "")
    }
}

/// `martlet redirect show`.
struct ShowRedirect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints the rules that are there; ends with status 1 if there are none.",
        discussion: """
            Examples
              As nft or iptables writes them:
                martlet redirect show
            """)

    @OptionGroup var tool: PacketFilterOption

    func run() throws {
        let rules = try tool.openAll().compactMap { try $0.list() }
        guard !rules.isEmpty else { throw RedirectError("nothing is redirected") }
        print(rules.joined(), terminator: "")
    }
}
