extension RedirectRules {
    /// Chains of our own, and those of the kernel that lead to them.
    private enum Chain: String, CaseIterable {
        case inbound = "MARTLET_INBOUND"
        case outbound = "MARTLET_OUTBOUND"

        private var hook: String { self == .inbound ? "PREROUTING" : "OUTPUT" }

        /// Before what others have there, as a table of nftables is that comes later than theirs.
        var entry: String { "-I \(hook) 1 -p tcp -j \(rawValue)" }

        /// The entries among the lines of iptables-save.
        func entries(in present: [String]) -> [String] {
            present.filter { $0.hasPrefix("-A \(hook) ") && $0.hasSuffix(" -j \(rawValue)") }
        }

        func removal(of present: [String]) -> [String] {
            let entries = entries(in: present).map { "-D" + $0.dropFirst(2) }
            let isThere = present.contains { $0.hasPrefix(":\(rawValue) ") }
            return entries + (isThere ? ["-F \(rawValue)", "-X \(rawValue)"] : [])
        }
    }

    /// Ports of one rule, of which a range counts as two (iptables-extensions(8), multiport).
    private static let portsPerRule = 15

    /// Whether a line of iptables-save is about our chains.
    static func isOurs(_ line: String) -> Bool { Chain.allCases.contains { line.contains($0.rawValue) } }

    /// What `iptables-restore --noflush` takes.
    /// - Parameter present: the lines that are there.
    func iptablesScript(_ version: IPTables.Version, over present: [String] = []) -> String {
        var lines: [String] = []
        for chain in Chain.allCases {
            guard let rules = chain == .inbound ? inboundRules(version) : outboundRules(version) else {
                lines += chain.removal(of: present)
                continue
            }
            // Naming a chain empties it.
            lines.append(":\(chain.rawValue) - [0:0]")
            lines += rules.map { "-A \(chain.rawValue) \($0)" }
            if chain.entries(in: present).isEmpty { lines.append(chain.entry) }
        }
        return Self.transaction(lines)
    }

    /// What takes the rules away that are there.
    static func iptablesRemoval(of present: [String]) -> String {
        transaction(Chain.allCases.flatMap { $0.removal(of: present) })
    }

    private static func transaction(_ lines: [String]) -> String {
        (["*nat"] + lines + ["COMMIT"]).map { $0 + "\n" }.joined()
    }

    private func inboundRules(_ version: IPTables.Version) -> [String]? {
        guard let inboundPort else { return nil }
        var rules = [rule("-m addrtype ! --dst-type LOCAL", "on its way to another machine", "RETURN")]
        rules += subnets(skippedSources, version).map { rule("-s \($0)", "callers without the proxy", "RETURN") }
        rules += matches(skippedInbound).map { rule($0, "ports without the proxy", "RETURN") }
        let redirected = inboundPorts.isEmpty ? ["-p tcp"] : matches(inboundPorts)
        return rules + redirected.map { rule($0, "to the workload", "REDIRECT --to-ports \(inboundPort)") }
    }

    private func outboundRules(_ version: IPTables.Version) -> [String]? {
        guard let outboundPort else { return nil }
        var rules = [rule("-m owner --uid-owner \(proxyUser)", "the proxy's own", "RETURN")]
        if let proxyGroup { rules.append(rule("-m owner --gid-owner \(proxyGroup)", "the proxy's own", "RETURN")) }
        rules.append(rule("-o lo", "within this machine", "RETURN"))
        rules += subnets(skippedDestinations, version).map {
            rule("-d \($0)", "destinations without the proxy", "RETURN")
        }
        rules += matches(skippedOutbound).map { rule($0, "ports without the proxy", "RETURN") }
        return rules + [rule("-p tcp", "from the workload", "REDIRECT --to-ports \(outboundPort)")]
    }

    private func rule(_ match: String, _ comment: String, _ target: String) -> String {
        "\(match) -m comment --comment \"\(comment)\" -j \(target)"
    }

    private func subnets(_ subnets: [Subnet], _ version: IPTables.Version) -> [String] {
        subnets.filter { $0.isIPv6 == (version == .v6) }.map(\.description)
    }

    /// As many rules as the ports need.
    private func matches(_ ports: [PortRange]) -> [String] {
        var (rules, free): ([[String]], Int) = ([], 0)
        for range in PortRange.merged(ports) {
            let isOne = range.lowest == range.highest
            let cost = isOne ? 1 : 2
            if free < cost {
                rules.append([])
                free = Self.portsPerRule
            }
            rules[rules.count - 1].append(isOne ? "\(range.lowest)" : "\(range.lowest):\(range.highest)")
            free -= cost
        }
        return rules.map { "-p tcp -m multiport --dports \($0.joined(separator: ","))" }
    }
}
