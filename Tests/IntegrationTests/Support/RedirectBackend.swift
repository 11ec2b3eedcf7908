/// What `martlet redirect` has the rules written by.
enum RedirectBackend: CaseIterable {
    case nftables
    /// Debian's iptables, which is one for the kernel's nftables.
    case iptables
    /// The one for the kernel's own iptables.
    case legacy

    var flags: [String] {
        switch self {
        case .nftables: ["--backend", "nft"]
        case .iptables: ["--backend", "iptables"]
        case .legacy: ["--backend", "iptables"] + place
        }
    }

    /// Where `show` and `remove` have to look, if not in the usual places.
    var place: [String] { self == .legacy ? ["--iptables", "/usr/sbin/iptables-legacy"] : [] }

    /// Parts of what `show` prints, for the exceptions `22,20-30` and `10.9.0.0/16,fd99::/16`.
    var shown: [String] {
        switch self {
        case .nftables:
            [
                "skuid 2102 return", "oifname \"lo\" return", "tcp dport { 20-30, 4191 } return",
                "ip daddr 10.9.0.0/16 return", "ip6 daddr fd99::/16 return", "redirect to :4140", "redirect to :4143",
            ]
        case .iptables, .legacy:
            [
                "# iptables\n", "# ip6tables\n", "-A PREROUTING -p tcp -j MARTLET_INBOUND\n",
                "-A OUTPUT -p tcp -j MARTLET_OUTBOUND\n", "-A MARTLET_OUTBOUND -m owner --uid-owner 2102 ",
                "-A MARTLET_OUTBOUND -o lo ", "-A MARTLET_INBOUND -p tcp -m multiport --dports 20:30,4191 ",
                "-A MARTLET_OUTBOUND -d 10.9.0.0/16 ", "-A MARTLET_OUTBOUND -d fd99::/16 ", "--to-ports 4140\n",
                "--to-ports 4143\n",
            ]
        }
    }
}
