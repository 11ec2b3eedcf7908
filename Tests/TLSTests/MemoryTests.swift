import Bytes
import Foundation
import TLS
import Testing

struct MemoryTests {
    /// Bytes of resident memory that an idle session may take. OpenSSL 3.0 needs 19.5 KB where its buffers are given back,
    /// and 53 KB where they are not.
    static let idleSessionBytesMax = 24 * 1024

    @Test func `an idle session takes no more memory than its budget`() async throws {
        // In a process of its own, where nothing else allocates.
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let mesh = try TestMesh()
            let client = try mesh.context(.client, "web")
            let server = try mesh.context(.server, "cart")
            // The first ones pay for what all share.
            var pairs = try (0..<20).map { _ in try idlePair(client, server) }
            let before = try residentBytes()
            pairs += try (0..<200).map { _ in try idlePair(client, server) }
            let perSession = try withExtendedLifetime(pairs) { (try residentBytes() - before) / 400 }
            print("an idle session takes \(perSession) bytes")
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let said = try #require(text.firstMatch(of: #/an idle session takes ([0-9]+) bytes/#))
        print(said.0)
        #expect(try #require(Int(said.1)) <= Self.idleSessionBytesMax)
    }
}

/// A pair that has talked and is quiet now.
private func idlePair(_ client: TLSContext, _ server: TLSContext) throws -> SessionPair {
    let pair = try SessionPair.connected(client: client, server: server)
    for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
        guard case .bytes = from.write(String(repeating: "x", count: 8000)) else { throw CancellationError() }
        guard to.readAll().bytes.count == 8000 else { throw CancellationError() }
    }
    return pair
}

private func residentBytes() throws -> Int {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(pages[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
