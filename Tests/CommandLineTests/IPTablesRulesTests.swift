import ArgumentParser
import Programs
import Testing

@testable import CommandLine

@Suite("The rules for iptables")
struct IPTablesRulesTests {
    private static let inbound = """
        :MARTLET_INBOUND - [0:0]
        -A MARTLET_INBOUND -m addrtype ! --dst-type LOCAL -m comment --comment "on its way to another machine" -j RETURN
        -A MARTLET_INBOUND -p tcp -m comment --comment "to the workload" -j REDIRECT --to-ports 4143

        """
    private static let outbound = """
        :MARTLET_OUTBOUND - [0:0]
        -A MARTLET_OUTBOUND -m owner --uid-owner 2102 -m comment --comment "the proxy's own" -j RETURN
        -A MARTLET_OUTBOUND -o lo -m comment --comment "within this machine" -j RETURN
        -A MARTLET_OUTBOUND -p tcp -m comment --comment "from the workload" -j REDIRECT --to-ports 4140

        """
    private static let entries = (
        inbound: "-I PREROUTING 1 -p tcp -j MARTLET_INBOUND\n", outbound: "-I OUTPUT 1 -p tcp -j MARTLET_OUTBOUND\n"
    )
    /// What iptables-save says of them.
    private static let present = [
        ":MARTLET_INBOUND - [0:0]", ":MARTLET_OUTBOUND - [0:0]", "-A PREROUTING -p tcp -j MARTLET_INBOUND",
        "-A OUTPUT -p tcp -j MARTLET_OUTBOUND", "-A MARTLET_INBOUND -p tcp -j REDIRECT --to-ports 1",
    ]

    @Test("are two chains and the ways into them")
    func fresh() {
        let expected =
            "*nat\n" + Self.inbound + Self.entries.inbound + Self.outbound + Self.entries.outbound + "COMMIT\n"
        for version in IPTables.Version.allCases { #expect(RedirectRules().iptablesScript(version) == expected) }
    }

    @Test("that are there are written over, and entered once")
    func again() {
        let script = RedirectRules().iptablesScript(.v4, over: Self.present)
        #expect(script == "*nat\n" + Self.inbound + Self.outbound + "COMMIT\n")
    }

    @Test("of a direction that is not wanted are taken away")
    func oneDirection() throws {
        let rules = try InstallRedirect.parse(["--direction", "outbound", "--admin-port", "0"]).rules
        #expect(rules.iptablesScript(.v6) == "*nat\n" + Self.outbound + Self.entries.outbound + "COMMIT\n")
        #expect(
            rules.iptablesScript(.v6, over: Self.present) == """
                *nat
                -D PREROUTING -p tcp -j MARTLET_INBOUND
                -F MARTLET_INBOUND
                -X MARTLET_INBOUND
                \(Self.outbound)COMMIT

                """)
    }

    @Test("go with every way into them, and nothing is touched where there are none")
    func removal() {
        let twice = Self.present + ["-A PREROUTING -p tcp -j MARTLET_INBOUND"]
        #expect(
            RedirectRules.iptablesRemoval(of: twice) == """
                *nat
                -D PREROUTING -p tcp -j MARTLET_INBOUND
                -D PREROUTING -p tcp -j MARTLET_INBOUND
                -F MARTLET_INBOUND
                -X MARTLET_INBOUND
                -D OUTPUT -p tcp -j MARTLET_OUTBOUND
                -F MARTLET_OUTBOUND
                -X MARTLET_OUTBOUND
                COMMIT

                """)
        #expect(RedirectRules.iptablesRemoval(of: []) == "*nat\nCOMMIT\n")
    }

    @Test("have each version's subnets, and at most fifteen ports in one of them")
    func exceptions() throws {
        let ports = (1...14).map { "\($0 * 10)" }.joined(separator: ",")
        let rules = try InstallRedirect.parse([
            "--proxy-gid", "8", "--skip-sources", "10.0.0.0/8,fd00::/8", "--skip-destinations", "10.9.0.0/16",
            "--skip-inbound", "\(ports),200-300", "--inbound-ports", "80,8080-8090", "--skip-outbound", "25",
        ]).rules
        let (v4, v6) = (rules.iptablesScript(.v4), rules.iptablesScript(.v6))
        let callers = #"-m comment --comment "callers without the proxy" -j RETURN"#
        #expect(v4.contains("-A MARTLET_INBOUND -s 10.0.0.0/8 \(callers)\n") && !v4.contains("fd00"))
        #expect(v6.contains("-A MARTLET_INBOUND -s fd00::/8 \(callers)\n") && !v6.contains("10."))
        #expect(v4.contains("-A MARTLET_OUTBOUND -d 10.9.0.0/16 -m comment"))
        #expect(v4.contains("-A MARTLET_OUTBOUND -m owner --gid-owner 8 -m comment"))
        #expect(v4.contains("-A MARTLET_OUTBOUND -p tcp -m multiport --dports 25 -m comment"))
        #expect(v4.contains("-A MARTLET_INBOUND -p tcp -m multiport --dports 80,8080:8090 -m comment"))
        #expect(v4.contains("--dports \(ports) -m comment") && v4.contains("--dports 200:300,4191 -m comment"))
    }

    @Test("are printed for both versions in a dry run")
    func dryRun() throws {
        let said = try Martlet.output([
            "redirect", "install", "--dry-run", "--backend", "iptables", "--iptables", "/none/iptables",
        ])
        let rules = try InstallRedirect.parse([]).rules
        #expect(
            said == "# iptables-restore --noflush\n\(rules.iptablesScript(.v4))"
                + "# ip6tables-restore --noflush\n\(rules.iptablesScript(.v6))")
    }

    @Test("need the programs beside iptables")
    func missing() throws {
        for (path, line) in [
            ("/none/iptables", "/none/iptables-save is missing; install it: apt-get install iptables"),
            ("/bin/true", "--iptables: found /bin/true, expected a program whose name begins with iptables"),
        ] {
            let result = try Martlet.run(["redirect", "install", "--backend", "iptables", "--iptables", path])
            #expect(result.errors == "martlet: \(line)\n")
            #expect(result.status == 1)
        }
    }
}
