import Bytes
import EventLoop
import Glibc
package import TLS

/// One end of a connection: its socket, and the TLS session over it where there is one. It answers as the socket alone
/// would, so the code that carries messages knows nothing of TLS.
final class TransportStream {
    private let socket: Descriptor
    private var session: TLSSession?
    /// Why TLS ended before its time.
    private(set) var failure: TLSFailure?

    init(_ socket: Descriptor) { self.socket = socket }

    deinit {
        // Tells the peer that what it has is all (close_notify), as far as the socket takes that now.
        _ = session?.shutdown()
    }

    /// Who is at the other end; nil without TLS, or for a client that shows no certificate.
    var peer: PeerIdentity? { session?.peer }

    var peerClosed: Bool { socket.peerClosed }
    var isHungUp: Bool { socket.isHungUp }

    /// Begins TLS and suspends until the peer is verified.
    /// - Parameters:
    ///   - expected: the only workload that will do as the peer, or nil for any that is trusted.
    ///   - waiter: the one that the socket wakes.
    /// - Returns: whether it is.
    func secure(
        _ context: TLSContext, expecting expected: WorkloadIdentity? = nil, _ waiter: Waiter,
        until deadline: MonotonicTime
    ) async -> Bool {
        session = TLSSession(
            context, socket: socket.number, expecting: expected?.id, serverName: expected?.dnsName)
        while true {
            switch session?.handshake() {
            case .done:
                // What the peer sent behind its last message may be in the session already: no edge tells of it.
                socket.readAgain()
                return true
            case .wantsRead: socket.readBlocked()
            case .wantsWrite: socket.writeBlocked()
            case .failed(let failure):
                self.failure = failure
                return false
            case nil: return false
            }
            guard await waiter.wait(until: deadline) == .event else { return false }
        }
    }

    func read(into buffer: inout ByteBuffer, minimum: Int) -> IOResult {
        guard session != nil else { return socket.read(into: &buffer, minimum: minimum) }
        guard socket.isReadable else { return .wouldBlock }
        switch session?.read(into: &buffer, minimum: minimum) {
        case .bytes(let count): return .bytes(count)
        case .wouldBlockOnRead:
            socket.readBlocked()
            return .wouldBlock
        case .wouldBlockOnWrite:
            socket.writeBlocked()
            return .wouldBlock
        case .end: return .end
        // A connection that was cut must not pass for one that ended (RFC 8446 §6.1).
        case .truncated: return .failed(ECONNRESET)
        case .failed(let failure):
            self.failure = failure
            return .failed(EPROTO)
        case nil: return .failed(EPROTO)
        }
    }

    func write(from buffer: inout ByteBuffer) -> IOResult {
        guard session != nil else { return socket.write(from: &buffer) }
        guard socket.isWritable else { return .wouldBlock }
        switch session?.write(from: &buffer) {
        case .bytes(let count): return .bytes(count)
        case .wouldBlockOnRead:
            socket.readBlocked()
            return .wouldBlock
        case .wouldBlockOnWrite:
            socket.writeBlocked()
            return .wouldBlock
        case .failed(let failure):
            self.failure = failure
            return .failed(EPIPE)
        case nil: return .failed(EPIPE)
        }
    }

    /// Says that nothing more follows; the peer may still send.
    func shutdownWriting() {
        _ = session?.shutdown()
        socket.shutdownWriting()
    }
}

/// How a client speaks TLS: with what it shows and trusts, and to whom.
package struct HTTPClientTLS {
    let context: TLSContext
    let server: WorkloadIdentity

    package init(_ context: TLSContext, to server: WorkloadIdentity) {
        self.context = context
        self.server = server
    }
}
