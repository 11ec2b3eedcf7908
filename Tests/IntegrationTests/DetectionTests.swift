import EventLoop
import Testing

@Suite("What is not HTTP", .timeLimit(.minutes(2)))
struct DetectionTests {
    /// Says the first word, then repeats what it hears.
    private static func echo(_ loop: EventLoop, greeting: String = "") throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            try await connection.send(greeting)
            while try await connection.hasMore() {
                try await connection.send(connection.take(connection.pending.count))
            }
        }
    }

    @Test("is carried as it is where the inbound side may find it, and requests are still requests")
    func detect() async throws {
        try await onLoop { loop in
            let service = try Self.echo(loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address, ["--inbound-protocol", "detect"]) { proxy in
                let client = try await proxy.connect()
                for byte in "*1\r\n$4\r\nPING\r\n" { try await client.send(String(byte)) }
                #expect(try await client.receive(14) == Array("*1\r\n$4\r\nPING\r\n".utf8))
                client.finishSending()
                #expect(try await client.untilEnded() == .finished)
                try await proxy.until("tcp_close_total", ["direction": "inbound", "reason": ""], is: 2)
                let other = try await proxy.connect()
                try await other.send("GET / HTTP/1.1\r\n\r\n")
                #expect(String(decoding: try await other.receive(12), as: UTF8.self) == "HTTP/1.1 400")
            }
        }
    }

    @Test("gets 400 where the inbound side is for requests")
    func http() async throws {
        try await onLoop { loop in
            let service = try Self.echo(loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address) { proxy in
                let client = try await proxy.connect()
                try await client.send("*1\r\n$4\r\nPING\r\n\r\n")
                #expect(String(decoding: try await client.receive(12), as: UTF8.self) == "HTTP/1.1 400")
                #expect(service.connectionCount == 0)
            }
        }
    }

    @Test("has a server that speaks first, which is heard when the client has been silent for the time limit")
    func silence() async throws {
        try await onLoop { loop in
            let service = try Self.echo(loop, greeting: "220 hello\r\n")
            let flags = ["--inbound-protocol", "detect", "--detect-timeout", "200ms"]
            try await ProxyProcess.run(loop, forwardingTo: service.address, flags) { proxy in
                let client = try await proxy.connect()
                #expect(try await client.receive(11) == Array("220 hello\r\n".utf8))
                let halfWord = try await proxy.connect()
                try await halfWord.send("GE")
                #expect(try await halfWord.receive(13) == Array("220 hello\r\nGE".utf8))
            }
        }
    }

    @Test("is not waited for on an opaque port, and a client that says nothing is heard", arguments: [true, false])
    func opaquePort(byPort: Bool) async throws {
        try await onLoop { loop in
            let service = try Self.echo(loop, greeting: "220 hello\r\n")
            let flags = byPort ? ["--opaque-ports", "\(service.address.port)"] : ["--inbound-protocol", "opaque"]
            try await ProxyProcess.run(loop, forwardingTo: service.address, flags + ["--detect-timeout", "10m"]) {
                proxy in
                let client = try await proxy.connect()
                #expect(try await client.receive(11) == Array("220 hello\r\n".utf8))
                try await client.send("GET / HTTP/1.1\r\n\r\n")
                #expect(try await client.receive(18) == Array("GET / HTTP/1.1\r\n\r\n".utf8))
            }
        }
    }

    @Test("is refused in plaintext where mutual TLS is required")
    func required() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("db")
            let service = try Self.echo(loop)
            let flags = try mesh.flags("db") + ["--inbound-protocol", "detect", "--inbound-tls", "required"]
            try await ProxyProcess.run(loop, forwardingTo: service.address, flags) { proxy in
                let client = try await proxy.connect()
                try await client.send("*1\r\n$4\r\nPING\r\n")
                #expect(try await client.untilEnded() == .reset)
                try await proxy.until("tcp_close_total", ["reason": "tls_required"], is: 1)
                #expect(service.connectionCount == 0)
            }
        }
    }
}
