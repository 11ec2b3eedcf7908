import EventLoop
import Foundation
import Programs
import Testing

/// Programs that know nothing of a proxy, on two machines whose packet filters bring their connections to one each.
@Suite("Transparent interception", .timeLimit(.minutes(3)))
struct InterceptionTests {
    /// Redis on 6379 and a web server on 8080 of the one machine, nothing but clients on the other.
    private func staged(
        _ loop: EventLoop, by filter: RedirectBackend, clientFlags: [String] = [],
        _ body: (InterceptionStage) async throws -> Void
    ) async throws {
        var setup = InterceptionStage.Setup()
        setup.services = [
            .init(
                words: ["/usr/bin/redis-server", "--port", "6379", "--protected-mode", "no", "--save", "", "--bind"]
                    + NetworkPair.serverAddresses),
            .init(words: ["/usr/bin/python3", "-m", "http.server", "--bind", "::", "8080"]),
        ]
        setup.targets = [("db", "10.77.0.2:6379"), ("db6", "[fd77::2]:6379")]
        setup.clientFlags = clientFlags
        setup.redirectFlags = filter.flags
        try await InterceptionStage.run(loop, setup, body)
    }

    @Test("brings redis-cli to its server by mutual TLS, over IPv4 and IPv6", arguments: RedirectBackend.allCases)
    func redis(filter: RedirectBackend) async throws {
        try await onLoop { loop in
            try await staged(loop, by: filter) { stage in
                for (address, target) in zip(NetworkPair.serverAddresses, ["db", "db6"]) {
                    try await stage.pair.until(
                        "PONG", in: stage.pair.client, "/usr/bin/redis-cli", "-h", address, "ping")
                    let key = "key of \(target)"
                    #expect(try await stage.client("/usr/bin/redis-cli", "-h", address, "set", key, "x") == "OK\n")
                    #expect(try await stage.client("/usr/bin/redis-cli", "-h", address, "get", key) == "x\n")
                    try await stage.untilLogged(stage.web, #""upstream":"\#(target)""#, #""tls":"true""#, "sa/db")
                    let endpoint = address.contains(":") ? "[\(address)]:6379" : "\(address):6379"
                    try await stage.untilLogged(
                        stage.db, #""upstream.addr":"\#(endpoint)""#, #""tls":"true""#, "sa/web")
                }
            }
        }
    }

    @Test(
        "brings requests to a target by Host, and others past every target to where they were meant to go",
        arguments: RedirectBackend.allCases)
    func requests(filter: RedirectBackend) async throws {
        try await onLoop { loop in
            try await staged(loop, by: filter, clientFlags: ["--target", "shop=10.77.0.2:8080"]) { stage in
                let curl = ["/usr/bin/curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}"]
                for host in ["10.77.0.2", "[fd77::2]"] {
                    let url = "http://\(host):8080/"
                    try await stage.pair.until("200", in: stage.pair.client, curl[0], "-sS", "-w", "%{http_code}", url)
                    #expect(try await Tool.output(NetworkPair.words(in: stage.pair.client, curl + [url])) == "200")
                }
                // The target has this endpoint, and nobody has that one.
                try await stage.untilLogged(stage.web, #""host":"10.77.0.2:8080""#, #""upstream":"shop""#)
                try await stage.untilLogged(stage.web, #""host":"[fd77::2]:8080""#, #""upstream":"[fd77::2]:8080""#)
                let named = curl + ["-H", "Host: shop", "http://10.77.0.9:80/"]
                #expect(try await Tool.output(NetworkPair.words(in: stage.pair.client, named)) == "200")
                try await stage.untilLogged(stage.web, #""host":"shop""#, #""upstream":"shop""#, #""status":200"#)
                // The inbound side found the port that the caller meant.
                try await stage.untilLogged(stage.db, #""direction":"inbound""#, #""host":"[fd77::2]:8080""#)
            }
        }
    }

    @Test("refuses what was meant for the proxy itself", arguments: RedirectBackend.allCases)
    func loop(filter: RedirectBackend) async throws {
        try await onLoop { loop in
            try await staged(loop, by: filter) { stage in
                let answer = try await stage.client("/usr/bin/curl", "-sS", "http://127.0.0.1:4140/")
                #expect(answer == "martlet: the request would come back to this proxy (loop_detected)\n")
                let bytes = try await Tool.run(
                    NetworkPair.words(
                        in: stage.pair.client, ["/usr/bin/redis-cli", "-h", "127.0.0.1", "-p", "4140", "ping"]))
                #expect(bytes.output.contains("reset") || bytes.output.contains("closed"))
                try await stage.untilLogged(stage.web, #""protocol":"tcp""#, #""reason":"loop_detected""#)
            }
        }
    }

    @Test(
        "finds out that its own connections come back, when the rules do not exempt it",
        arguments: RedirectBackend.allCases)
    func notExempt(filter: RedirectBackend) async throws {
        try await onLoop { loop in
            try await staged(loop, by: filter) { stage in
                let install = [StartedProgram.path("martlet"), "redirect", "install", "--proxy-uid", "1"]
                try await Tool.output(NetworkPair.words(in: stage.pair.client, install + filter.flags))
                for port in ["6379", "6380"] {
                    let words = ["/usr/bin/redis-cli", "-h", "10.77.0.2", "-p", port, "ping"]
                    let result = try await Tool.run(NetworkPair.words(in: stage.pair.client, words))
                    #expect(!result.output.contains("PONG"))
                    try await stage.untilLogged(
                        stage.web, #""protocol":"tcp""#, #""reason":"loop_detected""#)
                }
                // Each of the two went round once: refused, and reported by the one before.
                #expect(stage.web.log.split(separator: "\n").count { $0.contains("\"protocol\":\"tcp\"") } <= 8)
            }
        }
    }
}
