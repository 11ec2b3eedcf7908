import ArgumentParser

/// `martlet redirect install`.
struct InstallRedirect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Writes the rules, in the place of those that are there.",
        discussion: """
            Examples
              Everything, but for ssh; the proxy runs as user 2102 with --transparent true:
                martlet redirect install --proxy-uid 2102 --skip-inbound 22

              Only what the workload opens, and databases without the proxy:
                martlet redirect install --direction outbound --skip-outbound 3306,5432

              The rules as iptables has them, where nft is there too:
                martlet redirect install --backend iptables

              Only two ports of the workload, and never for the cluster's probes:
                martlet redirect install --inbound-ports 8080,9090 --skip-sources 10.0.0.1/32
            """)

    enum Direction: String, CaseIterable, ExpressibleByArgument { case both, inbound, outbound }

    @Option(help: "Whose connections: those that the workload opens (outbound), that others open to it, or both.")
    var direction = Direction.both

    @Option(help: ArgumentHelp("The port of the proxy's outbound listener.", valueName: "port"))
    var outboundPort: UInt16 = 4140

    @Option(help: ArgumentHelp("The port of the proxy's inbound listener.", valueName: "port"))
    var inboundPort: UInt16 = 4143

    @Option(help: ArgumentHelp("The port of the proxy's admin listener, never redirected.", valueName: "port"))
    var adminPort: UInt16 = 4191

    @Option(help: ArgumentHelp("The user that the proxy runs as; its connections are left alone.", valueName: "uid"))
    var proxyUid: UInt32 = 2102

    @Option(help: ArgumentHelp("The same by group, beside the user.", valueName: "gid"))
    var proxyGid: UInt32?

    @Option(
        help: ArgumentHelp("Ports of the workload that others reach without the proxy.", valueName: "ports"),
        transform: PortRange.list)
    var skipInbound: [PortRange] = []

    @Option(
        help: ArgumentHelp("The only ports of the workload that are redirected (default: all).", valueName: "ports"),
        transform: PortRange.list)
    var inboundPorts: [PortRange] = []

    @Option(
        help: ArgumentHelp("Ports that the workload reaches without the proxy.", valueName: "ports"),
        transform: PortRange.list)
    var skipOutbound: [PortRange] = []

    @Option(
        help: ArgumentHelp("Callers that reach the workload without the proxy.", valueName: "subnets"),
        transform: Subnet.list)
    var skipSources: [Subnet] = []

    @Option(
        help: ArgumentHelp("Where the workload's connections go without the proxy.", valueName: "subnets"),
        transform: Subnet.list)
    var skipDestinations: [Subnet] = []

    @Option(help: "What writes the rules (default: nft; iptables where nft is missing).")
    var backend: PacketFilterKind?

    @Flag(help: "Print the rules, and write nothing.")
    var dryRun = false

    @OptionGroup var tool: PacketFilterOption

    func validate() throws {
        guard proxyUid > 0 else {
            throw ValidationError("--proxy-uid: found 0, but root's connections would all be left alone")
        }
        guard outboundPort > 0, inboundPort > 0, outboundPort != inboundPort else {
            throw ValidationError("--outbound-port, --inbound-port: two different ports from 1 to 65535")
        }
    }

    var rules: RedirectRules {
        var rules = RedirectRules()
        rules.outboundPort = direction == .inbound ? nil : outboundPort
        rules.inboundPort = direction == .outbound ? nil : inboundPort
        rules.proxyUser = proxyUid
        rules.proxyGroup = proxyGid
        let always = adminPort > 0 ? [PortRange(adminPort)] : []
        rules.skippedInbound = always + skipInbound
        rules.inboundPorts = inboundPorts
        rules.skippedOutbound = skipOutbound
        rules.skippedSources = skipSources
        rules.skippedDestinations = skipDestinations
        return rules
    }

    func run() throws {
        let kind = backend ?? tool.preferred
        if dryRun { return print(kind.script(rules), terminator: "") }
        let filter = try tool.open(kind)
        let other = try tool.openOther(than: kind)
        let replaces = try other?.list() != nil
        try filter.install(rules)
        // Only now, so that at no moment nothing is redirected.
        if replaces { try other?.remove() }
        let isFallback = backend == nil && kind == .iptables
        print("rules         by \(kind)\(isFallback ? ", since nft is missing" : "")")
        if replaces { print("replaced      those by \(kind.other)") }
        if let port = rules.outboundPort { print("outbound      to port \(port), but for user \(proxyUid)") }
        if let port = rules.inboundPort {
            print("inbound       to port \(port), but for ports \(skippedText)")
        }
    }

    private var skippedText: String { rules.skippedInbound.map(\.description).joined(separator: ", ") }
}
