import Bytes
import Glibc
import Testing

@testable import TLS

@Suite("A ClientHello")
struct ClientHelloTests {
    private static func vector(_ width: Int, _ content: [UInt8]) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: content.count >> ($0 * 8)) } + content
    }

    /// What a client says that asks for `name`, with an extension before and one behind.
    private static func hello(_ name: String?) -> [UInt8] {
        var extensions: [UInt8] = [0, 43] + vector(2, [2, 3, 4])
        if let name { extensions += [0, 0] + vector(2, vector(2, [0] + vector(2, Array(name.utf8)))) }
        extensions += [0, 16] + vector(2, vector(2, vector(1, Array("h2".utf8))))
        return record(extensions: vector(2, extensions))
    }

    private static func record(extensions: [UInt8]) -> [UInt8] {
        let head = [UInt8](repeating: 3, count: 34) + vector(1, [7, 7]) + vector(2, [0x13, 1]) + vector(1, [0])
        return [22, 3, 1] + vector(2, [1] + vector(3, head + extensions))
    }

    private static func read(_ bytes: [UInt8]) -> ClientHello.Answer { ClientHello.read(bytes.rawBytes) }

    @Test("says which server it asks for", arguments: ["db.default.serviceaccount.identity.mesh.local", "a", nil])
    func name(name: String?) {
        #expect(Self.read(Self.hello(name)) == .complete(name.map { Array($0.utf8) }))
        #expect(Self.read((Self.hello(name) + [1, 2, 3])) == .complete(name.map { Array($0.utf8) }))
    }

    @Test("without extensions asks for none")
    func withoutExtensions() {
        #expect(Self.read(Self.record(extensions: [])) == .complete(nil))
    }

    @Test("is complete with its last byte, and not before")
    func splits() {
        let whole = Self.hello("db")
        for count in whole.indices { #expect(Self.read(Array(whole[..<count])) == .needMore) }
    }

    @Test("whose lengths do not fit each other is malformed")
    func lengths() {
        let whole = Self.hello("db")
        #expect(Self.read(([23] + whole.dropFirst())) == .malformed)
        var large = whole
        (large[3], large[4]) = (0x40, 1)
        #expect(Self.read(large) == .malformed)
        // The lengths of the message and of each part that has one, down to the name.
        for position in [8, 43, 47, 50, 53, 57, 64, 66, 69] {
            var broken = whole
            broken[position] = 0xFF
            #expect(Self.read(broken) == .malformed, "\(position)")
        }
    }

    @Test("with any byte changed is read without a trap")
    func anyByte() {
        for position in Self.hello("db").indices {
            for value in UInt8.min...UInt8.max {
                var bytes = Self.hello("db")
                bytes[position] = value
                _ = Self.read(bytes)
            }
        }
    }

    @Test("of OpenSSL is read")
    func ofOpenSSL() throws {
        let mesh = try TestMesh()
        for name in [try mesh.identity("db").dnsName, nil] {
            let pair = try SessionPair(
                client: mesh.context(.client, "web"), server: mesh.context(.server, "db"), serverName: name)
            _ = pair.client.session.handshake()
            var bytes = [UInt8](repeating: 0, count: ClientHello.bytesMax)
            let count = unsafe recv(pair.server.socket, &bytes, bytes.count, 0)
            #expect(Self.read(Array(bytes[..<count])) == .complete(name.map { Array($0.utf8) }))
        }
    }
}
