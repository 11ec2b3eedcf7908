import EventLoop
import Testing

/// Debian's Redis and its own clients, which know nothing of the two proxies between them.
@Suite("Redis through two proxies with mutual TLS", .timeLimit(.minutes(2)))
struct RedisTests {
    private func between(
        _ loop: EventLoop, _ body: (_ cli: [String], _ web: ProxyProcess, _ db: ProxyProcess) async throws -> Void
    ) async throws {
        let mesh = try MeshIdentities()
        for name in ["web", "db"] { try mesh.issue(name) }
        let (server, entry) = (Loopback.freshAddress(), Loopback.freshAddress())
        let redis = try StartedProgram(
            "/usr/bin/redis-server",
            ["--port", "\(server.port)", "--bind", server.host, "--protected-mode", "no", "--save", ""], loop: loop)
        let flags = try mesh.flags("db") + ["--inbound-tls", "required"]
        let client =
            try mesh.flags("web") + [
                "--target-identity", "db=\(try mesh.id("db"))", "--outbound-tcp", "\(entry)=db",
            ]
        do {
            try await ProxyProcess.run(loop, forwardingTo: server, flags) { db in
                try await ProxyProcess.run(loop, targets: ["db": [db.inbound]], client) { web in
                    try await redis.until("redis answers") { redis.log.contains("Ready to accept connections") }
                    try await body(["-h", entry.host, "-p", "\(entry.port)"], web, db)
                }
            }
        } catch {
            try await redis.remove()
            throw error
        }
        try await redis.remove()
    }

    @Test("redis-cli works, and each connection is counted by mutual TLS")
    func commands() async throws {
        try await onLoop { loop in
            try await between(loop) { address, web, db in
                let cli = ["/usr/bin/redis-cli"] + address
                #expect(try await Tool.output(cli + ["set", "a", "1"]) == "OK\n")
                #expect(try await Tool.output(cli + ["incr", "a"]) == "2\n")
                #expect(try await Tool.output(cli + ["get", "a"]) == "2\n")
                let labels = ["tls": "true", "reason": ""]
                try await web.until("tcp_close_total", labels.merging(["peer": "dst"]) { $1 }, is: 3)
                try await db.until("tcp_close_total", labels.merging(["peer": "src"]) { $1 }, is: 3)
            }
        }
    }

    @Test("redis-benchmark loses nothing, with small values and pipelines and with large values")
    func load() async throws {
        try await onLoop { loop in
            try await between(loop) { address, web, _ in
                let tool = ["/usr/bin/redis-benchmark"] + address + ["-q", "-c", "16"]
                for load in [
                    ["-n", "5000", "-P", "8", "-t", "set,get"],
                    ["-n", "400", "-d", "262144", "-t", "set,get"],
                ] {
                    let said = try await Tool.output(tool + load)
                    #expect(said.contains("SET:") && said.contains("GET:"), "\(said)")
                    #expect(!said.lowercased().contains("error"), "\(said)")
                }
                try await web.until("tcp_open_connections", is: 0)
                #expect(try await web.metrics().values(of: "reason", in: "tcp_close_total").subtracting([""]) == [])
                #expect(try await web.metrics()("tcp_write_bytes_total", ["peer": "dst"]) > Double(400 * 262_144))
            }
        }
    }
}
