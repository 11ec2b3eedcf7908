import ArgumentParser
import Programs
import Testing

@testable import CommandLine

struct RedirectRulesTests {
    @Test func `the rules replace the table as a whole`() {
        #expect(
            RedirectRules().nftablesScript == """
                table inet martlet
                delete table inet martlet
                table inet martlet {
                    chain inbound {
                        type nat hook prerouting priority -100; policy accept;
                        fib daddr type != local return comment "on its way to another machine"
                        meta l4proto tcp redirect to :4143 comment "to the workload"
                    }
                    chain outbound {
                        type nat hook output priority -100; policy accept;
                        meta skuid 2102 return comment "the proxy's own"
                        oifname "lo" return comment "within this machine"
                        meta l4proto tcp redirect to :4140 comment "from the workload"
                    }
                }

                """)
    }

    @Test func `exceptions stand before what is redirected`() throws {
        let command = try InstallRedirect.parse([
            "--proxy-uid", "9", "--proxy-gid", "8", "--inbound-port", "15006", "--outbound-port", "15001",
            "--admin-port", "15000", "--skip-inbound", "30-40,22,22", "--inbound-ports", "80,8080-8090",
            "--skip-outbound", "25", "--skip-sources", "10.0.0.0/8,fd00::/8,10.1.2.3/32", "--skip-destinations", "::/0",
        ])
        #expect(
            command.rules.nftablesScript.hasSuffix(
                """
                        fib daddr type != local return comment "on its way to another machine"
                        ip saddr { 10.0.0.0/8, 10.1.2.3/32 } return comment "callers without the proxy"
                        ip6 saddr { fd00::/8 } return comment "callers without the proxy"
                        tcp dport { 22, 30-40, 15000 } return comment "ports without the proxy"
                        tcp dport { 80, 8080-8090 } redirect to :15006 comment "to the workload"
                    }
                    chain outbound {
                        type nat hook output priority -100; policy accept;
                        meta skuid 9 return comment "the proxy's own"
                        meta skgid 8 return comment "the proxy's own"
                        oifname "lo" return comment "within this machine"
                        ip6 daddr { ::/0 } return comment "destinations without the proxy"
                        tcp dport { 25 } return comment "ports without the proxy"
                        meta l4proto tcp redirect to :15001 comment "from the workload"
                    }
                }

                """))
    }

    @Test(arguments: [("both", true, true), ("inbound", true, false), ("outbound", false, true)])
    func `one direction has one chain`(direction: String, inbound: Bool, outbound: Bool) throws {
        let script = try InstallRedirect.parse(["--direction", direction]).rules.nftablesScript
        #expect(script.contains("chain inbound {") == inbound)
        #expect(script.contains("chain outbound {") == outbound)
    }

    @Test func `ports in several ranges are in one set once`() throws {
        let ranges = try PortRange.list("8000-8100,22,8050-8200,1-65535")
        #expect(PortRange.merged(Array(ranges.dropLast())).map(\.description) == ["22", "8000-8200"])
        #expect(PortRange.merged(ranges).map(\.description) == ["1-65535"])
    }

    @Test(arguments: ["", "0", "65536", "1-", "-1", "9-8", "1-2-3", "+1", "a", "1,"])
    func `what is no port is refused`(text: String) {
        #expect(throws: ValidationError.self) { try PortRange.list(text) }
    }

    @Test(arguments: ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/129", "a/8", "10.0.0.0/8/8", "10.0.0.0/-1"])
    func `what is no subnet is refused`(text: String) {
        #expect(throws: ValidationError.self) { try Subnet.list(text) }
    }

    @Test func `a dry run prints the rules and asks for nothing`() throws {
        #expect(
            try Martlet.output(["redirect", "install", "--dry-run", "--nft", "/none"])
                == InstallRedirect.parse([]).rules.nftablesScript)
    }

    @Test(
        arguments: [
            (
                ["install", "--nft", "/none"], 1,
                "martlet: /none is missing; install it: apt-get install nftables\n"
            ),
            (
                ["install", "--proxy-uid", "0"], 64,
                "martlet: --proxy-uid: found 0, but root's connections would all be left alone; see martlet --help\n"
            ),
            (
                ["install", "--outbound-port", "4143"], 64,
                "martlet: --outbound-port, --inbound-port: two different ports from 1 to 65535; see martlet --help\n"
            ),
            (["show", "--nft", "/bin/false"], 1, "martlet: /bin/false ended with status 1: \n"),
        ] as [([String], Int32, String)])
    func `a mistake is one line`(arguments: [String], status: Int32, line: String) throws {
        let result = try Martlet.run(["redirect"] + arguments)
        #expect(result.errors == line)
        #expect(result.status == status)
    }
}
