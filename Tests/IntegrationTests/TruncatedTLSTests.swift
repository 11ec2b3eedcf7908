import EventLoop
import TLS
import Testing

/// FIN without close_notify says nothing about whether all has been sent (RFC 8446 §6.1): anyone on the way can send it.
@Suite("TLS that is cut", .serialized, .timeLimit(.minutes(2)))
struct TruncatedTLSTests {
    /// How an endpoint of the mesh that speaks HTTP/1.1 frames its response.
    enum Framing: String, CaseIterable, Sendable {
        case length, chunked, untilEnd

        var head: String {
            switch self {
            case .length: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
            case .chunked: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            case .untilEnd: "HTTP/1.1 200 OK\r\n\r\n"
            }
        }

        func part(_ text: String) -> String { self == .chunked ? "5\r\n\(text)\r\n" : text }

        var end: String { self == .chunked ? "0\r\n\r\n" : "" }
    }

    private static let request = "GET / HTTP/1.1\r\nHost: cart\r\n\r\n"

    /// Runs `body` with the proxy of web, and `script` as the endpoint cart behind it, which shakes hands first.
    private static func before(
        _ loop: EventLoop, script: @escaping (SecureConnection) async throws -> Void,
        _ body: (_ web: ProxyProcess) async throws -> Void
    ) async throws {
        let mesh = try MeshIdentities()
        try mesh.issue("web")
        let context = try mesh.context(.server, "cart", protocols: ["http/1.1"])
        let cart = try ScriptedUpstream(loop: loop) { connection, _ in
            let secure = try await SecureConnection.over(connection, context)
            // The proxy has hoped for HTTP/2 and leaves without a request.
            guard try await secure.hasMore() else { return }
            _ = try await secure.receive(through: "\r\n\r\n")
            try await script(secure)
        }
        let flags = try mesh.flags("web") + ["--target-identity", "cart=\(mesh.id("cart"))"]
        try await ProxyProcess.run(loop, targets: ["cart": [cart.address]], flags, body)
    }

    @Test("in the middle of a response is no end of it, however it is framed", arguments: Framing.allCases)
    func response(framing: Framing) async throws {
        try await onLoop { loop in
            try await Self.before(loop) { cart in
                try await cart.send(framing.head + framing.part("hello"))
                cart.cut()
            } _: { web in
                let response = try await web.connectOutbound().exchange(Self.request)
                #expect(response.status == 200 && response.text == "hello" && !response.isComplete)
                try await web.untilEnded(1, reason: "upstream_reset", status: 200)
            }
        }
    }

    @Test("at the end of a response that has said its end does no harm", arguments: [Framing.length, .chunked])
    func complete(framing: Framing) async throws {
        try await onLoop { loop in
            try await Self.before(loop) { cart in
                try await cart.send(framing.head + framing.part("hello") + framing.part("world") + framing.end)
                cart.cut()
            } _: { web in
                for _ in 0..<2 {
                    let response = try await web.connectOutbound().exchange(Self.request)
                    #expect(response.text == "helloworld" && response.isComplete)
                }
                try await web.untilEnded(2, reason: "", status: 200)
            }
        }
    }

    @Test("before a response is 502; close_notify ends one that lasts until the end, and is too early for the others")
    func others() async throws {
        try await onLoop { loop in
            try await Self.before(loop) { cart in
                cart.cut()
            } _: { web in
                let response = try await web.connectOutbound().exchange(Self.request)
                #expect(response.status == 502 && response.reason == "upstream_reset")
            }
            for framing in Framing.allCases {
                try await Self.before(loop) { cart in
                    try await cart.send(framing.head + framing.part("hello"))
                    cart.finish()
                } _: { web in
                    let response = try await web.connectOutbound().exchange(Self.request)
                    #expect(response.text == "hello" && response.isComplete == (framing == .untilEnd))
                    let reason = framing == .untilEnd ? "" : "upstream_closed"
                    try await web.untilEnded(1, reason: reason, status: 200)
                }
            }
        }
    }

    @Test(
        "in the middle of a request is no end of it: the service sees that something is missing",
        arguments: [true, false])
    func request(isChunked: Bool) async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                #expect(request.text == "hello" && !request.isComplete)
            }
            try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("cart")) { cart in
                let context = try mesh.context(.client, "web", protocols: ["http/1.1"])
                let client = try await SecureConnection.over(cart.connect(), context)
                let framing =
                    isChunked ? "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" : "Content-Length: 10\r\n\r\nhello"
                try await client.send("POST / HTTP/1.1\r\nHost: cart\r\n\(framing)")
                try await cart.until("requests_in_flight", is: 1)
                client.cut()
                try await cart.untilEnded(1, reason: "client_closed", status: 499)
                try await service.wait { $0.endedCount == 1 }
            }
        }
    }
}
