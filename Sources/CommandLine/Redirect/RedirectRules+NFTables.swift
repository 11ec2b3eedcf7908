extension RedirectRules {
    /// The family `inet` is both versions of IP.
    static let table = "martlet"

    /// What takes the rules away, whether they are there or not.
    static let nftablesRemoval = "table inet \(table)\ndelete table inet \(table)\n"

    /// What `nft -f` takes.
    var nftablesScript: String {
        var lines = ["table inet \(Self.table) {"]
        if let inboundPort { lines += inbound(inboundPort) }
        if let outboundPort { lines += outbound(outboundPort) }
        lines.append("}")
        return Self.nftablesRemoval + lines.map { $0 + "\n" }.joined()
    }

    private func inbound(_ port: UInt16) -> [String] {
        var lines = [
            "    chain inbound {", "        type nat hook prerouting priority -100; policy accept;",
            "        fib daddr type != local return comment \"on its way to another machine\"",
        ]
        lines += skip(subnets: skippedSources, "saddr", "callers without the proxy")
        lines += skip(ports: skippedInbound, "ports without the proxy")
        lines.append("        \(match(inboundPorts)) redirect to :\(port) comment \"to the workload\"")
        lines.append("    }")
        return lines
    }

    private func outbound(_ port: UInt16) -> [String] {
        var lines = [
            "    chain outbound {", "        type nat hook output priority -100; policy accept;",
            "        meta skuid \(proxyUser) return comment \"the proxy's own\"",
        ]
        if let proxyGroup { lines.append("        meta skgid \(proxyGroup) return comment \"the proxy's own\"") }
        lines.append("        oifname \"lo\" return comment \"within this machine\"")
        lines += skip(subnets: skippedDestinations, "daddr", "destinations without the proxy")
        lines += skip(ports: skippedOutbound, "ports without the proxy")
        lines.append("        \(match([])) redirect to :\(port) comment \"from the workload\"")
        lines.append("    }")
        return lines
    }

    private func skip(ports: [PortRange], _ comment: String) -> [String] {
        ports.isEmpty ? [] : ["        \(match(ports)) return comment \"\(comment)\""]
    }

    private func skip(subnets: [Subnet], _ side: String, _ comment: String) -> [String] {
        [false, true].compactMap { isIPv6 in
            let matching = subnets.filter { $0.isIPv6 == isIPv6 }.map(\.description)
            guard !matching.isEmpty else { return nil }
            let set = matching.joined(separator: ", ")
            return "        \(isIPv6 ? "ip6" : "ip") \(side) { \(set) } return comment \"\(comment)\""
        }
    }

    private func match(_ ports: [PortRange]) -> String {
        ports.isEmpty
            ? "meta l4proto tcp"
            : "tcp dport { \(PortRange.merged(ports).map(\.description).joined(separator: ", ")) }"
    }
}
