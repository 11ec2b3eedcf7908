import EventLoop
import TLS
import Testing

/// A peer whose machine has lost its power says nothing, and its connection looks idle.
@Suite("Peers that vanish", .timeLimit(.minutes(2)))
struct VanishedPeerTests {
    private static let keepAlive = ["--tcp-keep-alive", "1s"]

    private static func echo(_ loop: EventLoop) throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            while try await connection.hasMore() { try await connection.send(connection.take(1)) }
        }
    }

    /// Runs what waits for a peer to be found out: within seconds, long before anything of the test gives up by itself.
    private static func soon(_ body: () async throws -> Void) async throws {
        let began = ContinuousClock.now
        try await body()
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test("are found out where bytes are carried as they are, by both proxies", arguments: [false, true])
    func opaque(mutualTLS: Bool) async throws {
        try await onLoop { loop in
            let entry = Loopback.freshAddress()
            let ofWeb = Self.keepAlive + ["--outbound-tcp", "\(entry)=cart"]
            let ofCart = Self.keepAlive + ["--inbound-protocol", "opaque"]
            try await betweenSidecars(
                loop, service: Self.echo(loop).address, mutualTLS: mutualTLS, ofCart: ofCart, ofWeb: ofWeb
            ) { web, cart in
                let client = try await RawConnection(to: entry, loop: loop)
                try await client.send("x")
                #expect(try await client.receive(1) == Array("x".utf8))
                try client.vanish()
                try await Self.soon {
                    for proxy in [web, cart] {
                        try await proxy.until("tcp_close_total", ["peer": "src", "reason": "client_closed"], is: 1)
                    }
                }
            }
        }
    }

    @Test("are found out at the service's end, and the client sees a reset")
    func service() async throws {
        try await onLoop { loop in
            let entry = Loopback.freshAddress()
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                try await connection.send(try await connection.receive(1))
                try connection.vanish()
            }
            let flags = Self.keepAlive + ["--outbound-tcp", "\(entry)=db"]
            try await ProxyProcess.run(loop, targets: ["db": [service.address]], flags) { web in
                let client = try await RawConnection(to: entry, loop: loop)
                try await client.send("x")
                #expect(try await client.receive(1) == Array("x".utf8))
                #expect(try await client.untilEnded() == .reset)
                try await web.until("tcp_close_total", ["peer": "src", "reason": "upstream_reset"], is: 1)
            }
        }
    }

    @Test("are found out at the end of a tunnel")
    func tunnel() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nready")
                try await connection.untilEnded()
            }
            try await ProxyProcess.run(loop, forwardingTo: service.address, Self.keepAlive) { proxy in
                let client = try await proxy.connect()
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
                _ = try await client.receive(through: "ready")
                try client.vanish()
                try await Self.soon {
                    try await proxy.until("connections_open", is: 0)
                    try await service.wait { $0.endedCount == 1 }
                }
            }
        }
    }

    /// The preface of HTTP/2 with empty settings (RFC 9113 §3.4).
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    @Test("are found out on a connection of HTTP/2 without a request")
    func http2() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            let flags = Self.keepAlive + ["--idle-timeout", "10m"]
            try await ProxyProcess.run(loop, forwardingTo: service.address, flags) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.preface + [0, 0, 0, 4, 1, 0, 0, 0, 0])
                // The acknowledgement of our settings: the proxy has read everything.
                _ = try await client.receive(through: "\0\0\0\u{4}\u{1}\0\0\0\0")
                try client.vanish()
                try await proxy.until("connections_open", ["peer": "client"], is: 0)
            }
        }
    }

    @Test("are found out between sidecars, which ask by PING after half a minute of silence")
    func ping() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            let context = try mesh.context(.client, "web", protocols: ["h2"])
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("cart")) { cart in
                let peers = [
                    try await SecureConnection.over(cart.connect(), context),
                    try await SecureConnection.over(cart.connect(), context),
                ]
                let acknowledgement = "\0\0\0\u{4}\u{1}\0\0\0\0"
                for peer in peers {
                    try await peer.send(String(decoding: Self.preface, as: UTF8.self) + acknowledgement)
                    _ = try await peer.receive(through: acknowledgement)
                }
                try await cart.until("connections_open", ["peer": "client"], is: 2)
                try peers[0].connection.vanish()
                // A frame of eight bytes, of type 6, without flags, on stream 0.
                _ = try await peers[1].receive(through: "\0\0\u{8}\u{6}\0\0\0\0\0")
                try await cart.until("connections_open", ["peer": "client"], is: 1)
            }
        }
    }

    @Test("a client of HTTP/2 that asks for nothing is sent away after the idle time, in good order")
    func idle() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address, ["--idle-timeout", "200ms"]) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.preface)
                let received = try await client.receiveToEnd()
                #expect(client.ending == .finished)
                // GOAWAY: length 8, type 7, stream 0; without an error.
                let goAway: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0]
                let end = try #require(received.firstEnd(of: goAway))
                #expect(Array(received[(end + 4)..<(end + 8)]) == [0, 0, 0, 0])
                try await proxy.until("connections_open", is: 0)
            }
        }
    }
}
