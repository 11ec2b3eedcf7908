import EventLoop
import Glibc
import Testing

@Suite("Opaque TCP", .timeLimit(.minutes(2)))
struct OpaqueTCPTests {
    /// How the bytes come from the client to the service.
    enum Path: String, CaseIterable {
        /// One proxy with a TCP listener.
        case plain
        /// Two, with mutual TLS between them.
        case secure
    }

    /// Runs `body` with the address of web's TCP listener, behind which `service` is.
    private func through(
        _ path: Path, _ loop: EventLoop, to service: SocketAddress, _ flags: [String] = [],
        _ body: (_ entry: SocketAddress, _ proxies: [ProxyProcess]) async throws -> Void
    ) async throws {
        let entry = Loopback.freshAddress()
        let listener = ["--outbound-tcp", "\(entry)=db"] + flags
        switch path {
        case .plain:
            try await ProxyProcess.run(loop, targets: ["db": [service]], listener) { web in
                try await body(entry, [web])
            }
        case .secure:
            let mesh = try MeshIdentities()
            for name in ["web", "db"] { try mesh.issue(name) }
            let server = try mesh.flags("db") + ["--inbound-tls", "required"] + flags
            let client = try mesh.flags("web") + ["--target-identity", "db=\(try mesh.id("db"))"] + listener
            try await ProxyProcess.run(loop, forwardingTo: service, server) { db in
                try await ProxyProcess.run(loop, targets: ["db": [db.inbound]], client) { web in
                    try await body(entry, [web, db])
                }
            }
        }
    }

    @Test("brings every byte and each side's end, and counts them", arguments: Path.allCases)
    func halfClose(path: Path) async throws {
        try await onLoop { loop in
            let every = (0...UInt8.max).map { $0 }
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                let heard = try await connection.receiveToEnd()
                #expect(connection.ending == .finished)
                try await connection.send(Array(heard.reversed()))
            }
            try await through(path, loop, to: service.address) { entry, proxies in
                let client = try await RawConnection(to: entry, loop: loop)
                try await client.send(every)
                client.finishSending()
                #expect(try await client.receiveToEnd() == every.reversed())
                #expect(client.ending == .finished)
                let web = proxies[0]
                let isSecure = path == .secure ? "true" : "false"
                let edge = ["direction": "outbound", "service": "tested", "dst_service": "db"]
                let source = edge.merging(["peer": "src", "tls": "false"]) { $1 }
                let destination = edge.merging(["peer": "dst", "tls": isSecure]) { $1 }
                for labels in [source, destination] {
                    try await web.until("tcp_close_total", labels.merging(["reason": ""]) { $1 }, is: 1)
                    let metrics = try await web.metrics()
                    #expect(metrics("tcp_open_total", labels) == 1)
                    #expect(metrics("tcp_open_connections", labels) == 0)
                    #expect(metrics("tcp_connection_duration_seconds_count", labels) == 1)
                    #expect(metrics("tcp_read_bytes_total", labels) == 256)
                    #expect(metrics("tcp_write_bytes_total", labels) == 256)
                }
                for proxy in proxies.dropFirst() {
                    let labels = ["direction": "inbound", "dst_service": "tested", "peer": "src", "tls": "true"]
                    try await proxy.until("tcp_close_total", labels.merging(["reason": ""]) { $1 }, is: 1)
                }
            }
        }
    }

    @Test("lets the server speak first, and end first", arguments: Path.allCases)
    func serverFirst(path: Path) async throws {
        try await onLoop { loop in
            var heard: [UInt8] = []
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                try await connection.send("220 ready\r\n")
                connection.finishSending()
                heard = try await connection.receiveToEnd()
            }
            try await through(path, loop, to: service.address) { entry, _ in
                let client = try await RawConnection(to: entry, loop: loop)
                #expect(try await client.receiveToEnd() == Array("220 ready\r\n".utf8))
                try await client.send("QUIT")
                client.finishSending()
                try await service.wait { $0.endedCount == 1 }
                #expect(heard == Array("QUIT".utf8))
            }
        }
    }

    @Test("carries 128 MiB each way at once in little memory", arguments: Path.allCases)
    func bulk(path: Path) async throws {
        try await onLoop { loop in
            let byteCount = 128 << 20
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                try await connection.send(try await connection.receive(1))
                let received = try await connection.drain(byteCount)
                #expect(received == byteCount)
                #expect(try await connection.pour(byteCount))
            }
            try await through(path, loop, to: service.address) { entry, proxies in
                let client = try await RawConnection(to: entry, loop: loop)
                // The code that carries the bytes comes into memory with the first of them.
                try await client.send("x")
                _ = try await client.receive(1)
                let before = try proxies.map { try $0.program.memoryKiB("VmRSS") }
                for proxy in proxies { try proxy.program.resetMemoryPeak() }
                #expect(try await client.pour(byteCount))
                #expect(try await client.drain(byteCount) == byteCount)
                for (proxy, before) in zip(proxies, before) {
                    #expect(try proxy.program.memoryKiB("VmHWM") - before < 4096)
                }
            }
        }
    }

    @Test("stops reading while the other side takes nothing", arguments: Path.allCases)
    func backpressure(path: Path) async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                try await connection.send(try await connection.receive(1))
                try await connection.hang()
            }
            try await through(path, loop, to: service.address) { entry, proxies in
                let client = try await RawConnection(to: entry, loop: loop)
                try await client.send("x")
                _ = try await client.receive(1)
                let before = try proxies.map { try $0.program.memoryKiB("VmRSS") }
                let taken = try await client.pourUntilStuck(silence: .milliseconds(500))
                #expect(taken < 64 << 20)
                for (proxy, before) in zip(proxies, before) {
                    #expect(try proxy.program.memoryKiB("VmRSS") - before < 4096)
                }
            }
        }
    }

    @Test("a reset on one side is a reset on the other", arguments: Path.allCases, [true, false])
    func reset(path: Path, byServer: Bool) async throws {
        try await onLoop { loop in
            var ending: RawConnection.Ending?
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receive(5)
                try await connection.send("world")
                if byServer {
                    _ = try await connection.receive(3)
                    connection.reset()
                } else {
                    ending = try await connection.untilEnded()
                }
            }
            try await through(path, loop, to: service.address) { entry, proxies in
                let client = try await RawConnection(to: entry, loop: loop)
                try await client.send("hello")
                #expect(try await client.receive(5) == Array("world".utf8))
                if byServer {
                    try await client.send("end")
                    #expect(try await client.untilEnded() == .reset)
                } else {
                    client.reset()
                    try await service.wait { $0.endedCount == 1 }
                    #expect(ending == .reset)
                }
                let reason = byServer ? "upstream_reset" : "client_closed"
                for proxy in proxies { try await proxy.until("tcp_close_total", ["reason": reason], is: 2) }
            }
        }
    }

    @Test("an idle connection ends after its limit", arguments: Path.allCases)
    func idle(path: Path) async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveToEnd()
            }
            try await through(path, loop, to: service.address, ["--tcp-idle-timeout", "300ms"]) { entry, proxies in
                let client = try await RawConnection(to: entry, loop: loop)
                try await client.send("x")
                #expect(try await client.untilEnded() == .reset)
                try await proxies[0].until("tcp_open_connections", is: 0)
            }
        }
    }

    @Test("a service that cannot be reached is a reset with its reason in the metrics and the access log")
    func refused() async throws {
        try await onLoop { loop in
            let log = ["--access-log", "json"]
            try await through(.plain, loop, to: Loopback.freshAddress(), log) { entry, proxies in
                do {
                    let client = try await RawConnection(to: entry, loop: loop)
                    #expect(try await client.untilEnded() == .reset)
                } catch let error as SystemError where error.code == ECONNRESET {
                    // Before this side had seen that it is connected.
                }
                try await proxies[0].until("tcp_close_total", ["reason": "connect_refused", "peer": "src"], is: 1)
                try await proxies[0].until("connection_failures_total", ["reason": "connect_refused"], is: 1)
                try await proxies[0].program.until("the line is written") {
                    proxies[0].program.log.contains(
                        #""protocol":"tcp","client.addr":"127.0.0.1","upstream":"db","upstream.addr":"#)
                }
                #expect(
                    proxies[0].program.log.contains(#""tls":"false","reason":"connect_refused","received_bytes":0"#))
            }
        }
    }

    @Test("each connection is a span where that is wanted")
    func spans() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                try await connection.send(try await connection.receive(1))
            }
            try await CollectorProcess.run(loop, ["--joiner-idle", "500ms"]) { collector in
                let flags = ["--collector", "http://\(collector.otlp)", "--sampling-rate", "1", "--tcp-spans", "true"]
                try await through(.plain, loop, to: service.address, flags) { entry, _ in
                    let client = try await RawConnection(to: entry, loop: loop)
                    try await client.send("x")
                    #expect(try await client.receive(1) == Array("x".utf8))
                    client.close()
                    var last = ""
                    try await collector.program.until("the span is stored") {
                        last = "\(try await collector.ask("/api/traces?service=tested"))"
                        return last.contains("TCP") && last.contains("service.peer.name") && last.contains("db")
                    }
                    #expect(last.contains("network.peer.port") && !last.contains("error.type"))
                }
            }
        }
    }

    @Test("a peer that is not the workload it should be gets no byte")
    func otherWorkload() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cache"] { try mesh.issue(name) }
            let service = try ScriptedUpstream(loop: loop) { connection, _ in try await connection.hang() }
            let entry = Loopback.freshAddress()
            let client =
                try mesh.flags("web") + [
                    "--target-identity", "db=\(try mesh.id("db"))", "--outbound-tcp", "\(entry)=db",
                ]
            try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("cache")) { cache in
                try await ProxyProcess.run(loop, targets: ["db": [cache.inbound]], client) { web in
                    let connection = try await RawConnection(to: entry, loop: loop)
                    try await connection.send("secret")
                    #expect(try await connection.untilEnded() == .reset)
                    try await web.until("tcp_close_total", ["reason": "peer_refused", "peer": "src"], is: 1)
                    #expect(service.connectionCount == 0)
                }
            }
        }
    }

    @Test("a connection that is open when the proxy drains is carried to its end")
    func drain() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                try await connection.send(try await connection.receive(1))
                try await connection.send(try await connection.receive(1))
            }
            let entry = Loopback.freshAddress()
            let flags = ["--outbound-tcp", "\(entry)=db"]
            let proxy = try ProxyProcess(loop, targets: ["db": [service.address]], flags)
            try await proxy.program.untilReady("/ready", at: proxy.admin)
            let client = try await RawConnection(to: entry, loop: loop)
            try await client.send("a")
            #expect(try await client.receive(1) == Array("a".utf8))
            proxy.program.send(SIGTERM)
            try await proxy.program.until("it drains") { proxy.program.log.contains("draining") }
            try await client.send("b")
            #expect(try await client.receive(1) == Array("b".utf8))
            #expect(try await client.untilEnded() == .finished)
            client.close()
            #expect(try await proxy.ended() == 0)
            #expect(proxy.program.log.contains("drained\n"))
            try await proxy.remove()
        }
    }
}
