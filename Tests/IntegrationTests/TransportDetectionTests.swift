import EventLoop
import TLS
import Testing

/// An inbound port with an identity takes TLS and plaintext; the first bytes tell, however few come at a time.
@Suite("Telling TLS from plaintext", .timeLimit(.minutes(2)))
struct TransportDetectionTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Runs `body` with a proxy that has an identity and takes plaintext too.
    private func run(
        _ loop: EventLoop, _ flags: [String] = [],
        _ body: (_ cart: ProxyProcess, _ mesh: MeshIdentities) async throws -> Void
    ) async throws {
        let mesh = try MeshIdentities()
        try mesh.issue("cart")
        let service = try ScriptedUpstream.answering("hello", loop: loop)
        try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("cart") + flags) { cart in
            try await body(cart, mesh)
        }
    }

    /// Sends so that the proxy sees each of the first bytes alone: it looks at them for as long as they do not tell.
    private static func dribble(_ bytes: [UInt8], to connection: RawConnection, _ loop: EventLoop) async throws {
        for (index, byte) in bytes.enumerated() {
            try await connection.send([byte])
            // The pace of the sender is what is tested; nothing tells when the proxy has looked.
            if index < 64 { await loop.sleep(for: .milliseconds(3)) }
        }
    }

    @Test("a ClientHello that comes byte by byte is TLS")
    func hello() async throws {
        try await onLoop { loop in
            try await run(loop) { cart, mesh in
                let slowWire = try ScriptedUpstream(loop: loop) { client, _ in
                    let onward = try await cart.connect()
                    loop.spawn { [bound = LoopBound((client, onward), loop: loop)] in
                        let (client, onward) = bound.value
                        do {
                            while try await onward.hasMore() {
                                try await client.send(onward.take(onward.pending.count))
                            }
                        } catch {
                            client.reset()
                        }
                    }
                    while try await client.hasMore() {
                        try await Self.dribble(client.take(client.pending.count), to: onward, loop)
                    }
                }
                let context = try mesh.context(.client, "web", protocols: ["http/1.1"])
                let client = try await SecureConnection.over(RawConnection(to: slowWire.address, loop: loop), context)
                try await client.send(Self.request)
                #expect(try await client.receive(through: "hello").hasPrefix("HTTP/1.1 200 OK\r\n"))
                try await cart.until("tls_handshakes_total", ["direction": "inbound", "result": "done"], is: 1)
            }
        }
    }

    @Test("a request of HTTP/1.1 that comes byte by byte is a request")
    func http1() async throws {
        try await onLoop { loop in
            try await run(loop) { cart, _ in
                let client = try await cart.connect()
                try await Self.dribble(Array(Self.request.utf8), to: client, loop)
                let response = try await client.receiveResponse()
                #expect(response.status == 200 && response.text == "hello")
            }
        }
    }

    @Test("a preface of HTTP/2 that comes byte by byte begins HTTP/2")
    func http2() async throws {
        try await onLoop { loop in
            try await run(loop) { cart, _ in
                let client = try await cart.connect()
                // SETTINGS, and the head of GET / for "a" by HPACK's static table (RFC 7541 appendix A).
                let head: [UInt8] = [0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, 0x61]
                let bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0] + head
                try await Self.dribble(bytes, to: client, loop)
                #expect(try await client.receive(through: "hello").contains("hello"))
                try await cart.until("response_status_total", ["status_code": "200"], is: 1)
            }
        }
    }

    @Test("the beginning of one that does not go on is a request that came too slowly", arguments: ["GE", "\u{16}"])
    func stops(beginning: String) async throws {
        try await onLoop { loop in
            try await run(loop, ["--head-timeout", "500ms", "--idle-timeout", "10m"]) { cart, _ in
                let client = try await cart.connect()
                try await client.send(beginning)
                let response = try await client.receiveResponse()
                let isToken = beginning == "GE"
                #expect(response.status == (isToken ? 408 : 400))
                #expect(response.reason == (isToken ? "client_timeout" : "bad_request"))
            }
        }
    }
}
