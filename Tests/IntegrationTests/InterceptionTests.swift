import EventLoop
import Foundation
import Programs
import Testing

/// Programs that know nothing of a proxy, on two machines whose packet filters bring their connections to one each.
@Suite("Transparent interception", .timeLimit(.minutes(3)))
struct InterceptionTests {
    private static let user = 2102

    /// What runs on the two machines.
    private struct Stage {
        let pair: NetworkPair
        let web: StartedProgram
        let db: StartedProgram

        func client(_ words: String...) async throws -> String {
            try await Tool.output(NetworkPair.words(in: pair.client, words))
        }

        /// A line of a proxy's access log that has all these parts.
        func untilLogged(_ proxy: StartedProgram, _ parts: String...) async throws {
            try await proxy.until("the access log has \(parts)") {
                proxy.log.split(separator: "\n").contains { line in parts.allSatisfy { line.contains($0) } }
            }
        }
    }

    /// Redis on 6379 and a web server on 8080 of the one machine, nothing but clients on the other.
    private func staged(
        _ loop: EventLoop, clientFlags: [String] = [], redirects: [[String]] = [], _ body: (Stage) async throws -> Void
    ) async throws {
        let mesh = try MeshIdentities()
        for name in ["web", "db"] { try mesh.issue(name) }
        try await NetworkPair.run { pair in
            var programs: [StartedProgram] = []
            func start(_ namespace: String, as user: Int? = nil, _ words: [String]) throws -> StartedProgram {
                let all = NetworkPair.words(in: namespace, as: user, words)
                let program = try StartedProgram(all[0], Array(all.dropFirst()), loop: loop)
                programs.append(program)
                return program
            }
            do {
                _ = try start(
                    pair.server,
                    ["/usr/bin/redis-server", "--port", "6379", "--protected-mode", "no", "--save", "", "--bind"]
                        + NetworkPair.serverAddresses)
                _ = try start(pair.server, ["/usr/bin/python3", "-m", "http.server", "--bind", "::", "8080"])
                let common = ["--transparent", "true", "--access-log", "json", "--inbound-tls"]
                let proxy = StartedProgram.path("martlet-proxy")
                let db = try start(
                    pair.server, as: Self.user,
                    [proxy, "--name", "db", "--inbound", "0.0.0.0:4143", "--forward", "127.0.0.1:8080"] + common
                        + ["permissive"] + mesh.flags("db"))
                var targets: [String] = []
                for (name, address) in [("db", "10.77.0.2:6379"), ("db6", "[fd77::2]:6379")] {
                    targets += ["--target", "\(name)=\(address)", "--target-identity", "\(name)=\(try mesh.id("db"))"]
                }
                let web = try start(
                    pair.client, as: Self.user,
                    [proxy, "--name", "web", "--transparent", "true", "--access-log", "json"] + targets + clientFlags
                        + mesh.flags("web"))
                for name in [pair.client, pair.server] {
                    try await pair.until("ready", in: name, "/usr/bin/curl", "-s", "http://127.0.0.1:4191/ready")
                }
                let martlet = StartedProgram.path("martlet")
                for (name, direction) in [(pair.client, "outbound"), (pair.server, "inbound")] {
                    try await pair.output(
                        in: name, martlet, "redirect", "install", "--direction", direction, "--proxy-uid",
                        "\(Self.user)")
                }
                try await body(Stage(pair: pair, web: web, db: db))
            } catch {
                for program in programs { Issue.record("\(program.name): \(program.log)") }
                for program in programs { try await program.remove() }
                throw error
            }
            for program in programs { try await program.remove() }
        }
    }

    @Test("brings redis-cli to its server by mutual TLS, over IPv4 and IPv6")
    func redis() async throws {
        try await onLoop { loop in
            try await staged(loop) { stage in
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

    @Test("brings requests to a target by Host, and others past every target to where they were meant to go")
    func requests() async throws {
        try await onLoop { loop in
            try await staged(loop, clientFlags: ["--target", "shop=10.77.0.2:8080"]) { stage in
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

    @Test("refuses what was meant for the proxy itself")
    func loop() async throws {
        try await onLoop { loop in
            try await staged(loop) { stage in
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

    @Test("finds out that its own connections come back, when the rules do not exempt it")
    func notExempt() async throws {
        try await onLoop { loop in
            try await staged(loop) { stage in
                let martlet = StartedProgram.path("martlet")
                try await stage.pair.output(in: stage.pair.client, martlet, "redirect", "install", "--proxy-uid", "1")
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

    @Test("the rules are written once however often, shown, and taken away")
    func rules() async throws {
        let martlet = StartedProgram.path("martlet")
        try await NetworkPair.run { pair in
            func redirect(_ words: String...) async throws -> Program.Result {
                try await Tool.run(NetworkPair.words(in: pair.client, [martlet, "redirect"] + words))
            }
            #expect(try await redirect("show").status == 1)
            let flags = ["--skip-inbound", "22,20-30", "--skip-destinations", "10.9.0.0/16,fd99::/16"]
            _ = try await Tool.output(
                NetworkPair.words(in: pair.client, [martlet, "redirect", "install"] + flags))
            let first = try await redirect("show")
            #expect(first.status == 0)
            for part in [
                "skuid 2102 return", "oifname \"lo\" return", "tcp dport { 20-30, 4191 } return",
                "ip daddr 10.9.0.0/16 return", "ip6 daddr fd99::/16 return", "redirect to :4140", "redirect to :4143",
            ] {
                #expect(first.output.contains(part), "\(first.output)")
            }
            _ = try await Tool.output(
                NetworkPair.words(in: pair.client, [martlet, "redirect", "install"] + flags))
            #expect(try await redirect("show").output == first.output)
            let dry = try await redirect("install", "--direction", "inbound", "--dry-run")
            #expect(dry.output.hasPrefix("table inet martlet\ndelete table inet martlet\ntable inet martlet {\n"))
            #expect(!dry.output.contains("4140"))
            #expect(try await redirect("show").output == first.output)
            #expect(try await redirect("remove").output == "nothing is redirected any more\n")
            #expect(try await redirect("remove").output == "nothing is redirected\n")
            #expect(try await redirect("show").status == 1)
        }
    }
}
