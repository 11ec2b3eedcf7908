import Testing

@testable import Configuration

@Suite("Flag errors")
struct FlagErrorTests {
    private func errors(_ flags: [(String, String)]) -> String {
        let base = [GivenFlag("name", "a"), GivenFlag("target", "cart=10.0.0.1:80")]
        do {
            _ = try ProxyConfiguration.load(file: nil, flags: base + flags.map { GivenFlag($0.0, $0.1) })
            return "valid"
        } catch {
            return error.description
        }
    }

    @Test(
        "A mistake in a flag names the flag",
        arguments: [
            ("workers", "none", #"--workers: "none" is not an integer or auto (for example 4)"#),
            ("target", "web=10.0.0.1", #"--target: "10.0.0.1" is not ADDRESS:PORT (for example 127.0.0.1:8080)"#),
            ("target", "web=", #"--target: "" is not ADDRESS:PORT (for example 127.0.0.1:8080)"#),
            ("target", "web=a:1,", #"--target: "" is not ADDRESS:PORT (for example 127.0.0.1:8080)"#),
            ("target", "=a:1", #"--target: "" is not a host name (for example cart)"#),
            ("target", "CART=a:1", #"--target: "CART" is already the name of outbound.targets[0]"#),
            (
                "target-route", "cart",
                #"--target-route: "cart" is not TARGET/NAME=[METHOD[,METHOD] ]PATH[/*] (for example cart/add=POST /items/*)"#
            ),
            ("target-route", "card/r=/x", #"--target-route: no target is named "card"; there are cart"#),
            ("target-route", "cart/r=get /x", #"--target-route: "get" is not a method in capitals (for example GET)"#),
            (
                "target-route", "cart/default=/x",
                #"--target-route: "default" is out of range: allowed is 1 … 128 bytes, not `default`"#
            ),
            ("inbound-route", "r=x", #"--inbound-route: "x" is not a path that begins with / (for example /checkout)"#),
            (
                "inbound-route", "r=/x*",
                #"--inbound-route: "/x*" is not a path that begins with / (for example /checkout)"#
            ),
            ("inbound-route", "r=", #"--inbound-route: "" is not a path that begins with / (for example /checkout)"#),
            ("propagation", "w3c,", #"--propagation: "" is not one of w3c, b3, b3multi (for example w3c)"#),
            ("connect-ports", "443;8443", #"--connect-ports: "443;8443" is not an integer (for example 65535)"#),
            ("inbound", "127.0.0.1:1", "--forward: missing: ADDRESS:PORT (for example 127.0.0.1:8080)"),
            ("admin", "127.0.0.1:4140", "outbound.listen: 127.0.0.1:4140 is already taken by admin.listen"),
            (
                "log-level", "a\u{1B}[31m\n",
                "--log-level: \"a\u{FFFD}[31m\u{FFFD}\" is not one of error, warning, info, debug, trace (for example error)"
            ),
        ])
    func flag(name: String, value: String, message: String) {
        let lines = errors([(name, value)]).split(separator: "\n")
        #expect(lines.contains(Substring(message)), "\(lines)")
        #expect(lines.count == (name == "inbound-route" || name == "inbound" && value != "127.0.0.1:1" ? 2 : 1))
    }

    @Test("Without flags and file the two missing things are named")
    func nothing() {
        do {
            _ = try ProxyConfiguration.load(file: nil, flags: [])
        } catch {
            #expect(
                error.description == """
                    --name: missing: a service name (for example checkout)
                    missing: nothing to carry; give inbound.forward (--forward) or outbound.targets (--target) or both
                    """)
        }
    }

    @Test(
        "An unknown key suggests the nearest known one, and nothing when none is near",
        arguments: [
            ("conect", "connect"), ("CONNECT", "connect"), ("timeout", nil), ("drian", nil), ("drains", "drain"),
            ("idl", "idle"), ("", nil), (String(repeating: "x", count: 100_000), nil),
        ])
    func spelling(word: String, expected: String?) {
        #expect(nearest(to: word, among: ["connect", "head", "idle", "drain", "bodyIdle"]) == expected)
    }
}
