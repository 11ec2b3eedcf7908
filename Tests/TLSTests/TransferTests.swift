import Bytes
import Foundation
import TLS
import Testing

struct TransferTests {
    let mesh: TestMesh

    init() throws { mesh = try TestMesh() }

    private func connected() throws -> SessionPair {
        try SessionPair.connected(client: mesh.context(.client, "web"), server: mesh.context(.server, "cart"))
    }

    @Test func `what one side writes the other reads, both ways`() throws {
        let pair = try connected()
        #expect(pair.client.readAll() == ([], .wouldBlockOnRead))
        #expect(pair.client.write("question") == .bytes(8))
        #expect(pair.server.readAll() == (Array("question".utf8), .wouldBlockOnRead))
        #expect(pair.server.write("answer") == .bytes(6))
        #expect(pair.client.readAll() == (Array("answer".utf8), .wouldBlockOnRead))
    }

    @Test func `everything gathered in a buffer is one record`() throws {
        let pair = try connected()
        var buffer = ByteBuffer()
        for _ in 0..<100 { buffer.append("a small message\n") }
        #expect(pair.client.session.write(from: &buffer) == .bytes(1600))
        #expect(buffer.array == [])
        // 5 bytes of header, 1 of content type and 16 of tag (RFC 8446 §5.2).
        #expect(pair.server.pendingBytes == 1600 + 22)
    }

    @Test func `records that came together are read by one receive, and leave the socket drained`() throws {
        let pair = try connected()
        for _ in 0..<10 { #expect(pair.client.write("small") == .bytes(5)) }
        var buffer = ByteBuffer()
        #expect(pair.server.session.read(into: &buffer, minimum: 4096) == .bytes(50))
        #expect(pair.server.isDrained)
        #expect(pair.server.pendingBytes == 0)
    }

    @Test func `what does not fit into the room offered is read next`() throws {
        let pair = try connected()
        #expect(pair.client.write(String(repeating: "x", count: 100)) == .bytes(100))
        var buffer = ByteBuffer(capacity: 64)
        #expect(pair.server.session.read(into: &buffer, minimum: 64) == .bytes(64))
        #expect(!pair.server.isDrained)
        buffer.clear()
        #expect(pair.server.session.read(into: &buffer, minimum: 64) == .bytes(36))
        #expect(pair.server.isDrained)
    }

    @Test func `what was found empty before is not taken for drained when bytes have come since`() throws {
        let pair = try connected()
        #expect(pair.client.write(String(repeating: "x", count: 64)) == .bytes(64))
        #expect(pair.client.write("rest") == .bytes(4))
        var buffer = ByteBuffer(capacity: 64)
        #expect(pair.server.session.read(into: &buffer, minimum: 64) == .bytes(64))
        // Its edge is seen now; nothing tells of these bytes again.
        #expect(pair.client.write("more") == .bytes(4))
        buffer.clear()
        #expect(pair.server.session.read(into: &buffer, minimum: 64) == .bytes(8))
        #expect(pair.server.isDrained)
        #expect(pair.server.pendingBytes == 0)
    }

    @Test(arguments: [1, 7, 1000, 16384, 16385, 100_003])
    func `a large transfer arrives whole in odd sizes`(step: Int) throws {
        let pair = try connected()
        let total = min(step * 2000, 3_000_017)
        let sent = (0..<total).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var output = ByteBuffer()
        var input = ByteBuffer()
        var position = 0
        var blocked = 0
        while input.count < total {
            while position < total || !output.isEmpty {
                if output.count < step, position < total {
                    let next = min(step, total - position)
                    output.append(bytes: sent[position..<position + next])
                    position += next
                }
                guard case .bytes = pair.client.session.write(from: &output) else { break }
            }
            blocked += output.isEmpty ? 0 : 1
            reading: while true {
                switch pair.server.session.read(into: &input, minimum: step) {
                case .bytes: continue
                case .wouldBlockOnRead: break reading
                case let end:
                    Issue.record("\(end)")
                    return
                }
            }
        }
        #expect(input.array == sent)
        #expect(blocked > 0 || total < 200_000)
    }

    @Test func `a write that would block is taken up with more behind it`() throws {
        let pair = try connected()
        var output = ByteBuffer()
        output.append(String(repeating: "a", count: 1 << 20))
        while case .bytes = pair.client.session.write(from: &output) {}
        let left = output.count
        #expect(left > 0)
        // Growing moves the bytes: OpenSSL must take them from where they are now.
        output.append(String(repeating: "b", count: 1 << 20))
        var input = ByteBuffer()
        while input.count < 2 << 20 {
            while case .bytes = pair.server.session.read(into: &input, minimum: 65536) {}
            while !output.isEmpty, case .bytes = pair.client.session.write(from: &output) {}
        }
        #expect(
            input.array == Array((String(repeating: "a", count: 1 << 20) + String(repeating: "b", count: 1 << 20)).utf8)
        )
    }

    @Test func `close_notify is an end, and the other direction still works`() throws {
        let pair = try connected()
        #expect(pair.client.write("last words") == .bytes(10))
        #expect(pair.client.session.shutdown() == .sent)
        #expect(pair.client.session.shutdown() == .sent)
        #expect(pair.server.readAll() == (Array("last words".utf8), .end))
        #expect(pair.server.readAll() == ([], .end))
        #expect(pair.server.write("answer") == .bytes(6))
        #expect(pair.client.readAll() == (Array("answer".utf8), .wouldBlockOnRead))
        #expect(pair.server.session.shutdown() == .sent)
        #expect(pair.client.readAll() == ([], .end))
        #expect(pair.server.pendingBytes == 0)
    }

    @Test func `before the handshake is done there is nothing to shut down`() throws {
        let pair = try SessionPair(client: mesh.context(.client, "web"), server: mesh.context(.server, "cart"))
        #expect(pair.client.session.shutdown() == .sent)
        #expect(pair.client.session.handshake() == .wantsRead)
        #expect(pair.client.session.shutdown() == .sent)
        #expect(pair.handshake() == (.done, .done))
    }

    @Test func `an end without close_notify is a truncation`() throws {
        let pair = try connected()
        #expect(pair.client.write("half") == .bytes(4))
        Foundation.shutdown(pair.client.socket, Int32(SHUT_WR))
        #expect(pair.server.readAll() == (Array("half".utf8), .truncated))
        #expect(pair.server.readAll() == ([], .truncated))
        #expect(pair.server.write("x") == .failed(.truncated))
        #expect(pair.server.session.shutdown() == .failed(.truncated))
    }

    @Test func `an end inside a record is a truncation`() throws {
        let pair = try connected()
        pair.client.sendRaw([0x17, 3, 3, 1, 0] + [UInt8](repeating: 7, count: 100))
        Foundation.shutdown(pair.client.socket, Int32(SHUT_WR))
        #expect(pair.server.readAll() == ([], .truncated))
    }

    @Test func `an end inside the handshake is a truncation`() throws {
        let pair = try SessionPair(client: mesh.context(.client, "web"), server: mesh.context(.server, "cart"))
        #expect(pair.client.session.handshake() == .wantsRead)
        #expect(pair.server.session.handshake() == .wantsRead)
        Foundation.shutdown(pair.client.socket, Int32(SHUT_WR))
        #expect(pair.server.session.handshake() == .failed(.truncated))
        #expect(pair.server.session.handshake() == .failed(.truncated))
    }

    @Test(arguments: [
        (Array("GET / HTTP/1.1\r\n\r\n".utf8), TLSFailure.notTLS),
        ([0x16, 3, 1, 0, 4, 1, 0, 0, 0], .malformed),
        ([0x17, 3, 3, 0, 1, 0], .malformed),
        ([UInt8](repeating: 0xff, count: 64), .notTLS),
    ])
    func `what is no handshake is refused as the first bytes`(bytes: [UInt8], failure: TLSFailure) throws {
        let pair = try SessionPair(client: mesh.context(.client, "web"), server: mesh.context(.server, "cart"))
        pair.client.sendRaw(bytes)
        #expect(pair.server.session.handshake() == .failed(failure))
    }

    @Test(arguments: [
        [UInt8](repeating: 0xff, count: 64),
        Array("GET / HTTP/1.1\r\n\r\n".utf8),
        [0x17, 3, 3, 0, 32] + [UInt8](repeating: 1, count: 32),
        [0x17, 3, 3, 0xff, 0xff] + [UInt8](repeating: 1, count: 32),
        [0x15, 3, 3, 0, 2, 2, 40],
    ])
    func `garbage after the handshake ends the session and no other`(bytes: [UInt8]) throws {
        let pair = try connected()
        let other = try connected()
        #expect(pair.client.write("good") == .bytes(4))
        pair.client.sendRaw(bytes)
        let result = pair.server.readAll()
        #expect(result.bytes == Array("good".utf8))
        #expect(result.end == .failed(.malformed) || result.end == .failed(.notTLS))
        #expect(pair.server.write("x") == result.end.asWrite)
        // The queue of errors is the thread's: what the broken session left there must not reach the next one.
        #expect(other.client.write("fine") == .bytes(4))
        #expect(other.server.readAll() == (Array("fine".utf8), .wouldBlockOnRead))
    }

    @Test func `a peer that is gone is a lost connection, not a signal`() throws {
        let pair = try connected()
        Foundation.shutdown(pair.client.socket, Int32(SHUT_RDWR))
        #expect(pair.server.write("x") == .failed(.connection(EPIPE)))
        #expect(pair.server.readAll() == ([], .failed(.connection(EPIPE))))
    }
}

extension TLSReadResult {
    /// The same failure, as a write tells it.
    var asWrite: TLSWriteResult? {
        if case .failed(let failure) = self { .failed(failure) } else { nil }
    }
}

extension Endpoint {
    /// Bytes in the socket that nobody has received yet.
    var pendingBytes: Int {
        var count: Int32 = 0
        _ = unsafe ioctl(socket, UInt(FIONREAD), &count)
        return Int(count)
    }

    /// Sends past the session.
    func sendRaw(_ bytes: [UInt8]) {
        let count = unsafe send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        #expect(count == bytes.count)
    }
}
