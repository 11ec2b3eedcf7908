import Bytes
import Foundation
import TLS
import Testing

/// One end of a stream socket with a TLS session on it; closes the socket with it.
final class Endpoint {
    let socket: Int32
    var session: TLSSession

    init(
        _ context: TLSContext, socket: Int32, expecting: SPIFFEID? = nil, serverName: String? = nil,
        resuming: ResumableSessions? = nil
    ) {
        self.socket = socket
        session = TLSSession(context, socket: socket, expecting: expecting, serverName: serverName, resuming: resuming)
    }

    deinit { close(socket) }

    // Expectations cannot look into a value that cannot be copied.
    var peer: PeerIdentity? { session.peer }
    var applicationProtocol: String? { session.applicationProtocol }
    var serverName: String? { session.serverName }
    var version: String { session.version }
    var isResumed: Bool { session.isResumed }
    var isDrained: Bool { session.isDrained }

    /// Reads until nothing more is there, and says why.
    func readAll() -> (bytes: [UInt8], end: TLSReadResult) {
        var buffer = ByteBuffer()
        while true {
            let result = session.read(into: &buffer, minimum: 16384)
            guard case .bytes = result else { return (buffer.array, result) }
        }
    }

    func write(_ text: String) -> TLSWriteResult {
        var buffer = ByteBuffer()
        buffer.append(text)
        return session.write(from: &buffer)
    }
}

/// Client and server over one socket pair, moved in turns by one thread: what one sends is there for the other at once.
final class SessionPair {
    let client: Endpoint
    let server: Endpoint

    init(
        client: TLSContext, server: TLSContext, clientExpects: SPIFFEID? = nil, serverExpects: SPIFFEID? = nil,
        serverName: String? = nil, resuming: ResumableSessions? = nil
    ) throws {
        let sockets = try socketPair()
        self.client = Endpoint(
            client, socket: sockets.0, expecting: clientExpects, serverName: serverName, resuming: resuming)
        self.server = Endpoint(server, socket: sockets.1, expecting: serverExpects)
    }

    /// Goes on until neither side moves any more.
    func handshake() -> (client: HandshakeResult, server: HandshakeResult) {
        var results = (client: client.session.handshake(), server: server.session.handshake())
        for _ in 0..<8 { results = (client.session.handshake(), server.session.handshake()) }
        return results
    }

    /// A pair that must agree.
    static func connected(client: TLSContext, server: TLSContext) throws -> SessionPair {
        let pair = try SessionPair(client: client, server: server)
        let results = pair.handshake()
        try #require(results.client == .done && results.server == .done, "\(results)")
        return pair
    }
}

/// Two connected non-blocking stream sockets.
func socketPair() throws -> (Int32, Int32) {
    var numbers: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try #require(unsafe socketpair(AF_UNIX, kind, 0, &numbers) == 0)
    return (numbers[0], numbers[1])
}

extension ByteBuffer {
    var array: [UInt8] { unsafe withReadableBytes { unsafe Array($0) } }

    mutating func append(bytes: ArraySlice<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe append(RawSpan(_unsafeBytes: $0)) }
    }
}

extension TestMesh {
    func snapshot(_ issued: IssuedIdentity, generation: UInt64 = 1) throws -> IdentitySnapshot {
        try IdentitySnapshot(
            key: issued.key, chain: issued.chain, bundle: bundle, generation: generation, at: issued.chain[0].notBefore)
    }

    func context(
        _ role: TLSContext.Role, _ name: String, settings: TLSSettings = TLSSettings()
    ) throws -> TLSContext {
        try TLSContext(role, identity: snapshot(issue(name)), settings: settings)
    }
}
