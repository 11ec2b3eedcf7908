import Foundation
import TLS
import Testing

struct MemoryTests {
    /// Bytes that an idle session may take. OpenSSL 3.0 needs 19.5 KB where its buffers are given back, and 53 KB where they
    /// are not.
    static let idleSessionBytesMax = 24 * 1024

    @Test func `an idle session takes no more memory than its budget`() async throws {
        // In a process of its own, where OpenSSL has allocated nothing yet.
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            try tellIdleBytes(TLSSettings())
        }
        try expectWithinBudget(try #require(result).standardOutputContent)
    }

    /// With the ticket that the client holds on to.
    @Test func `nor does one that may be resumed`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            try tellIdleBytes(.resuming)
        }
        try expectWithinBudget(try #require(result).standardOutputContent)
    }

    private func expectWithinBudget(_ output: [UInt8]) throws {
        let text = String(decoding: output, as: UTF8.self)
        let said = try #require(text.firstMatch(of: #/an idle session takes ([0-9]+) bytes/#))
        print(said.0)
        #expect((15_000...Self.idleSessionBytesMax).contains(try #require(Int(said.1))))
    }

    @Test func `a session that has ended holds nothing once it cannot be resumed`() async {
        await #expect(processExitsWith: .success) {
            try #require(OpenSSLMemory.count())
            let mesh = try TestMesh()
            let client = try mesh.context(.client, "web", settings: .resuming)
            let server = try mesh.context(.server, "cart", settings: .resuming)
            let cart = try mesh.identity("cart").id
            let stranger = try mesh.identity("stranger").id
            var held: [Int] = []
            // The first round pays for what all share.
            for _ in 0..<3 {
                let place = ResumableSessions()
                for visit in 0..<10 {
                    let pair = try SessionPair(client: client, server: server, clientExpects: cart, resuming: place)
                    #expect(pair.handshake() == (.done, .done))
                    #expect(pair.client.readAll().end == .wouldBlockOnRead)
                    #expect(pair.client.isResumed == (visit > 0))
                    let refused = try SessionPair(client: client, server: server, clientExpects: stranger)
                    #expect(refused.handshake().client == .failed(.refused(.otherWorkload)))
                }
                server.forgetSessions()
                held.append(OpenSSLMemory.heldBytes)
            }
            #expect(held[1] == held[0])
            #expect(held[2] == held[0])
        }
    }

    /// Sessions that take each other up share the client's certificate; those of full handshakes each have their own.
    @Test(arguments: [(true, 500...1500), (false, 3000...7168)])
    func `a session that has ended and may be resumed takes its share of the limit`(
        isResumed: Bool, expected: ClosedRange<Int>
    ) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) { [isResumed] in
            try #require(OpenSSLMemory.count())
            let mesh = try TestMesh()
            let client = try mesh.context(.client, "web", settings: .resuming)
            let server = try mesh.context(.server, "cart", settings: .resuming)
            let cart = try mesh.identity("cart").id
            var place = ResumableSessions()
            for _ in 0..<100 {
                if !isResumed { place = ResumableSessions() }
                let pair = try SessionPair(client: client, server: server, clientExpects: cart, resuming: place)
                #expect(pair.handshake() == (.done, .done))
                #expect(pair.client.readAll().end == .wouldBlockOnRead)
            }
            let before = OpenSSLMemory.heldBytes
            server.forgetSessions()
            print("a kept session takes \((before - OpenSSLMemory.heldBytes) / 100) bytes")
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let said = try #require(text.firstMatch(of: #/a kept session takes ([0-9]+) bytes/#))
        print(said.0)
        #expect(expected.contains(try #require(Int(said.1))))
    }
}

/// Measures what a session takes, and prints it.
private func tellIdleBytes(_ settings: TLSSettings) throws {
    try #require(OpenSSLMemory.count())
    let mesh = try TestMesh()
    let client = try mesh.context(.client, "web", settings: settings)
    let server = try mesh.context(.server, "cart", settings: settings)
    // The first one pays for what all share.
    _ = try idlePair(client, server)
    let before = OpenSSLMemory.heldBytes
    let pairs = try (0..<20).map { _ in try idlePair(client, server) }
    let held = withExtendedLifetime(pairs) { OpenSSLMemory.heldBytes - before }
    print("an idle session takes \(held / 40) bytes")
}

/// A pair that has talked and is quiet now.
private func idlePair(_ client: TLSContext, _ server: TLSContext) throws -> SessionPair {
    let pair = try SessionPair.connected(client: client, server: server)
    for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
        #expect(from.write(String(repeating: "x", count: 8000)) == .bytes(8000))
        #expect(to.readAll().bytes.count == 8000)
    }
    return pair
}
