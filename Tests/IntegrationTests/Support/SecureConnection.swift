import Bytes
import EventLoop
import TLS

/// TLS on a `RawConnection`, as its client or its server, which ends in the way that it is told to.
final class SecureConnection {
    /// How the peer's side ended.
    enum Ending: Equatable {
        /// By close_notify: everything has arrived.
        case finished
        /// By FIN or RST alone: something may be missing.
        case truncated
        case failed(TLSFailure)
    }

    let connection: RawConnection
    private(set) var ending: Ending?
    /// What has been received and not been taken.
    private(set) var pending: [UInt8] = []
    private var session: TLSSession

    private init(_ connection: RawConnection, _ context: TLSContext) throws {
        guard let socket = connection.socket else { throw ConnectionError("TLS on a connection that is closed") }
        self.connection = connection
        session = TLSSession(context, socket: socket.number)
    }

    /// Shakes hands. - Throws: with the failure when there is no TLS.
    static func over(_ connection: RawConnection, _ context: TLSContext) async throws -> SecureConnection {
        let made = try SecureConnection(connection, context)
        try await made.handshake()
        return made
    }

    private func handshake() async throws {
        while true {
            switch session.handshake() {
            case .done: return
            case .wantsRead: connection.socket?.readBlocked()
            case .wantsWrite: connection.socket?.writeBlocked()
            case .failed(let failure): throw ConnectionError("no TLS: \(failure)")
            }
            try await connection.wait("the handshake")
        }
    }

    // MARK: Bytes

    func send(_ text: String) async throws {
        var buffer = ByteBuffer()
        buffer.append(text)
        while !buffer.isEmpty {
            switch session.write(from: &buffer) {
            case .bytes: continue
            case .wouldBlockOnRead: connection.socket?.readBlocked()
            case .wouldBlockOnWrite: connection.socket?.writeBlocked()
            case .failed(let failure): throw ConnectionError("cannot send: \(failure)")
            }
            try await connection.wait("room to send")
        }
    }

    /// Takes everything up to and including `mark`. - Throws: when the peer ends before.
    func receive(through mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        while true {
            if let end = pending.firstEnd(of: mark) { return String(decoding: take(end), as: UTF8.self) }
            guard try await fill() else {
                throw ConnectionError("the peer ended (\(ending.map { "\($0)" } ?? "")) after \(pending.excerpt)")
            }
        }
    }

    /// Takes everything until the peer ends, which `ending` tells the manner of.
    func receiveToEnd() async throws -> String {
        while try await fill() {}
        return String(decoding: take(pending.count), as: UTF8.self)
    }

    /// Waits for bytes. - Returns: false when the peer has ended and everything has been taken.
    func hasMore() async throws -> Bool {
        if pending.isEmpty { return try await fill() }
        return true
    }

    private func take(_ count: Int) -> [UInt8] {
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    /// Reads once. - Returns: false when the peer has ended.
    private func fill() async throws -> Bool {
        guard ending == nil else { return false }
        var buffer = ByteBuffer()
        while true {
            switch session.read(into: &buffer, minimum: 16_384) {
            case .bytes:
                unsafe buffer.withReadableBytes { unsafe pending.append(contentsOf: $0) }
                return true
            case .wouldBlockOnRead, .wouldBlockOnWrite:
                connection.socket?.readBlocked()
                try await connection.wait("anything")
            case .end: ending = .finished
            case .truncated: ending = .truncated
            case .failed(let failure): ending = .failed(failure)
            }
            if ending != nil { return false }
        }
    }

    // MARK: Ending

    /// close_notify, then FIN.
    func finish() {
        _ = session.shutdown()
        connection.finishSending()
    }

    /// FIN without close_notify, as after a cut.
    func cut() { connection.finishSending() }
}
