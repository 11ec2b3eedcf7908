import EventLoop
import Testing

@Suite("Persistence, pipelining and tunnels", .timeLimit(.minutes(1)))
struct PersistenceTests {
    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

    @Test("K9 pipelined requests are answered in their order, and a bad one does not overtake them")
    func pipelined() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    if request.target == "/slow" { await loop.sleep(for: .milliseconds(50)) }
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\(request.target)")
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.get("/slow") + Self.get("/fast") + "BAD\r\n\r\n" + Self.get("/lost"))
                let texts = try await [client.receiveResponse().text, client.receiveResponse().text]
                #expect(texts == ["/slow", "/fast"])
                let refusal = try await client.receiveResponse()
                #expect(refusal.status == 400 && refusal["connection"] == "close")
                #expect(try await client.receiveToEnd() == [])
            }
        }
    }

    @Test("K6 nothing is taken after a request that closes the connection")
    func closing() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(
                    "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + Self.get("/2"))
                let response = try await client.receiveResponse()
                #expect(response.text == "x" && response["connection"] == "close")
                #expect(try await client.receiveToEnd() == [])
                #expect(upstream.requests.map(\.target) == ["/1"])
            }
        }
    }

    @Test("N8 what a client sends ahead stays in the kernel until its turn comes")
    func sentAhead() async throws {
        try await onLoop { loop in
            let release = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await release.wait()
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.get("/"))
                try await upstream.wait { $0.connectionCount == 1 }
                let before = try proxy.program.memoryKiB("VmRSS")
                try proxy.program.resetMemoryPeak()
                let sent = try await client.pourUntilStuck(silence: .milliseconds(200))
                // More than that the proxy may not read: one head and one buffer.
                #expect(sent > 200_000)
                #expect((try proxy.program.memoryKiB("VmHWM") - before) * 1024 < max(sent / 2, 512 * 1024))
                release.give()
                #expect(try await client.receiveResponse().text == "x")
                #expect(try await client.receiveResponse().status == 400)
            }
        }
    }

    @Test("I2 an HTTP/1.0 client gets the final response only, and then the end of its connection")
    func interimForHTTP10() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    _ = try await connection.receiveRequest()
                    try await connection.send(
                        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let older = try await proxy.connect()
                let response = try await older.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(response.status == 200 && response.text == "x" && response["connection"] == "close")
                #expect(try await older.receiveToEnd() == [])
                let newer = try await proxy.connect()
                #expect(try await newer.exchange(Self.get("/")).status == 103)
            }
        }
    }

    @Test("K15 the proxy gives up an idle connection to an upstream long before it would give up the client's")
    func idleTimes() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--idle-timeout", "6s"]) { proxy in
                let client = try await proxy.connect()
                #expect(try await client.exchange(Self.get("/")).text == "x")
                try await proxy.until("connections_open", ["peer": "upstream"], is: 1)
                try await proxy.until("connections_open", ["peer": "upstream"], is: 0)
                #expect(try await proxy.metrics()("connections_open", ["peer": "client"]) == 1)
                #expect(try await client.exchange(Self.get("/")).text == "x")
            }
        }
    }
}
