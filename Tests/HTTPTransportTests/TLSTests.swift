import EventLoop
import HTTPTransport
import Synchronization
import TLS
import Testing

@Suite("HTTP over TLS", .timeLimit(.minutes(1)))
struct TLSTests {
    private func post(
        _ count: Int, to server: HTTPServer, _ loop: EventLoop, _ tls: HTTPClientTLS?
    ) async throws(HTTPClientError) -> HTTPResponse {
        try await HTTPClient(loop: loop, tls: tls).request(
            "POST", to: server.address, authority: "x", target: "/", body: [UInt8](repeating: 7, count: count),
            deadline: loop.now.advanced(by: .seconds(30)))
    }

    @Test("carries bodies larger than a record, and tells the handler who the client is")
    func carries() async throws {
        try await onLoop { loop in
            let mesh = try Mesh()
            let server = try mesh.server(loop)
            let cart = try mesh.workload("cart")
            let known = try await post(
                1_000_000, to: server, loop, HTTPClientTLS(mesh.context(.client, "web"), to: cart))
            #expect(known.text == "spiffe://mesh.test/ns/shop/sa/web sent 1000000")
            let unknown = try await post(
                3, to: server, loop, HTTPClientTLS(TLSContext(trusting: mesh.bundle), to: cart))
            #expect(unknown.text == "nobody sent 3")
        }
    }

    @Test("a client refuses a server that is another workload, or of another mesh")
    func wrongServer() async throws {
        try await onLoop { loop in
            let mesh = try Mesh()
            let server = try mesh.server(loop)
            let other = try HTTPClientTLS(TLSContext(trusting: mesh.bundle), to: mesh.workload("payment"))
            await #expect(throws: HTTPClientError.tlsFailed(.refused(.otherWorkload))) {
                try await post(1, to: server, loop, other)
            }
            let stranger = try HTTPClientTLS(TLSContext(trusting: Mesh().bundle), to: mesh.workload("cart"))
            await #expect(throws: HTTPClientError.tlsFailed(.refused(.unknownIssuer))) {
                try await post(1, to: server, loop, stranger)
            }
        }
    }

    @Test("a server refuses plaintext and a certificate of another mesh, and counts both")
    func wrongClient() async throws {
        try await onLoop { loop in
            let mesh = try Mesh()
            let server = try mesh.server(loop)
            await #expect(throws: HTTPClientError.self) { try await post(1, to: server, loop, nil) }
            let plain = try await RawClient(server.address, loop: loop)
            await plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(!(await plain.receiveToEnd().contains("HTTP/1.1")))
            let foreign = try Mesh().context(.client, "web", alsoTrusting: mesh.bundle.anchors)
            await #expect(throws: HTTPClientError.self) {
                try await post(1, to: server, loop, HTTPClientTLS(foreign, to: mesh.workload("cart")))
            }
            while server.counters.handshakesFailed.load(ordering: .relaxed) < 3 {
                await loop.sleep(for: .milliseconds(5))
            }
            #expect(server.counters.requests.load(ordering: .relaxed) == 0)
        }
    }
}
