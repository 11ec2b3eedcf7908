import Bytes
import EventLoop
import HTTP2
import HTTPTransport
import Synchronization
import TLS
import Testing

@Suite("HTTP/2 over TLS", .timeLimit(.minutes(1)))
struct HTTP2OverTLSTests {
    private static let protocols = ["h2", "http/1.1"]

    @Test(
        "curl gets what it asks for by ALPN, with a certificate and without", arguments: ["2", "1.1"], [true, false])
    func curlChooses(version: String, hasCertificate: Bool) async throws {
        let output = try await onLoop { loop in
            let mesh = try Mesh()
            let server = try mesh.server(loop, protocols: Self.protocols)
            let name = try mesh.workload("cart").dnsName
            return try await mesh.withFiles("web") { key, chain, bundle in
                let authority = "\(name):\(server.address.port)"
                let certificate = hasCertificate ? ["--cert", chain, "--key", key] : []
                return try await curl(
                    certificate + [
                        "--http\(version)", "--cacert", bundle, "--resolve", "\(authority):127.0.0.1", "-w",
                        " %{http_version} %{num_connects}\n", "--data-binary", "@-", "https://\(authority)/one",
                        "-o", "-", "https://\(authority)/two",
                    ], input: [UInt8](repeating: 65, count: 300_000))
            }
        }
        let client = hasCertificate ? "spiffe://mesh.test/ns/shop/sa/web" : "nobody"
        // One connection carries both.
        #expect(output.output == "\(client) sent 300000 \(version) 1\n\(client) sent 300000 \(version) 0\n")
        #expect(output.status == 0)
    }

    @Test("our client gets the answers of many requests at once, each many windows and records long")
    func manyAtOnce() async throws {
        let bodies = try await onLoop { loop in
            let mesh = try Mesh()
            let server = try mesh.server(loop, protocols: Self.protocols)
            let client = try await RawHTTP2Client(server.address, loop: loop)
            #expect(await client.secure(try mesh.context(.client, "web", protocols: ["h2"])) == "h2")
            let handles = try (0..<20).map { _ in try client.post("/") }
            for (number, handle) in handles.enumerated() {
                client.session.write(handle, [UInt8](repeating: 7, count: number * 10_000).rawBytes)
                client.session.finish(handle)
            }
            await client.flush()
            await client.receive { client.ends.count == handles.count }
            #expect(handles.allSatisfy { client.ends[$0] == .complete && client.statuses[$0] == 200 })
            return handles.map { String(decoding: client.bodies[$0] ?? [], as: UTF8.self) }
        }
        #expect(bodies == (0..<20).map { "spiffe://mesh.test/ns/shop/sa/web sent \($0 * 10_000)" })
    }

    @Test(
        "a client that says nothing by ALPN may speak HTTP/2 all the same; one that offers another protocol is refused")
    func otherOffers() async throws {
        try await onLoop { loop in
            let mesh = try Mesh()
            let server = try mesh.server(loop, protocols: Self.protocols)
            let silent = try await RawHTTP2Client(server.address, loop: loop)
            #expect(await silent.secure(try mesh.context(.client, "web")) == nil)
            let handle = try silent.post("/")
            silent.session.finish(handle)
            await silent.flush()
            await silent.receive { silent.ends[handle] != nil }
            #expect(silent.statuses[handle] == 200)

            let other = try await RawHTTP2Client(server.address, loop: loop)
            #expect(await other.secure(try mesh.context(.client, "web", protocols: ["spdy/3"])) == nil)
            while server.counters.handshakesFailed.load(ordering: .relaxed) < 1 {
                await loop.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test("a server that stops tells a client so by TLS too, and closes")
    func stops() async throws {
        try await onLoop { loop in
            let mesh = try Mesh()
            let server = try mesh.server(loop, protocols: Self.protocols)
            let client = try await RawHTTP2Client(server.address, loop: loop)
            #expect(await client.secure(try mesh.context(.client, "web", protocols: ["h2"])) == "h2")
            let handle = try client.post("/")
            client.session.finish(handle)
            await client.flush()
            await client.receive { client.ends[handle] != nil }
            server.stop()
            await client.receive { false }
            // This client, which has nothing left to hear, does not wait for the second.
            #expect(client.lastStreams.first == Int32.max)
            #expect(client.hasEnded)
        }
    }
}
