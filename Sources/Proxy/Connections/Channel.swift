import Bytes
import EventLoop
import Glibc
import TLS

/// One end of a connection on the data path: its socket, and the TLS session over it where there is one.
///
/// It answers as the socket alone would, so the code that carries messages knows nothing of TLS.
final class Channel {
    let socket: Descriptor
    private var session: TLSSession?
    private var isReset = false

    init(_ socket: Descriptor) { self.socket = socket }

    deinit {
        // Tells the peer that what it has is all (close_notify), as far as the socket takes that now.
        if !isReset { _ = session?.shutdown() }
    }

    // MARK: Reading and writing

    /// Appends what can be read now.
    /// - Parameters:
    ///   - minimum: bytes of room to offer at least.
    ///   - maximum: bytes to take at most; over TLS the buffer's room bounds that.
    func read(into buffer: inout ByteBuffer, minimum: Int, maximum: Int = .max) -> IOResult {
        guard session != nil else { return socket.read(into: &buffer, minimum: minimum, maximum: maximum) }
        guard socket.isReadable else { return .wouldBlock }
        switch session?.read(into: &buffer, minimum: minimum) {
        case .bytes(let count):
            if session?.isDrained == true, !socket.peerClosed, !socket.isHungUp { socket.readBlocked() }
            return .bytes(count)
        case .wouldBlockOnRead:
            socket.readBlocked()
            return .wouldBlock
        case .wouldBlockOnWrite:
            socket.writeBlocked()
            return .wouldBlock
        case .end: return .end
        // A connection that was cut must not pass for one that ended (RFC 8446 §6.1).
        case .truncated: return .failed(ECONNRESET)
        case .failed, nil: return .failed(EPROTO)
        }
    }

    /// Writes and consumes what can be sent now.
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
        case .failed, nil: return .failed(EPIPE)
        }
    }

    /// Whom the socket wakes.
    var waiter: Waiter? {
        get { socket.waiter }
        set { socket.waiter = newValue }
    }

    var isReadable: Bool { socket.isReadable }
    var peerClosed: Bool { socket.peerClosed }
    var isHungUp: Bool { socket.isHungUp }

    // MARK: Ending

    /// Says that nothing more follows; the peer may still send.
    func shutdownWriting() {
        _ = session?.shutdown()
        socket.shutdownWriting()
    }

    /// The same for one who can wait. - Returns: false when close_notify finds no room yet, to be tried again.
    func finishWriting() -> Bool {
        if case .wouldBlockOnWrite? = session?.shutdown() {
            socket.writeBlocked()
            return false
        }
        socket.shutdownWriting()
        return true
    }

    /// Makes the coming close a reset, so that a peer in the middle of a message sees that it is incomplete.
    func resetOnClose() {
        isReset = true
        socket.resetOnClose()
    }

    // MARK: TLS

    var isSecure: Bool { session != nil }

    /// The socket, where the bytes on it are those that are carried.
    var plainSocket: Descriptor? { isSecure ? nil : socket }

    /// What both sides agreed to speak (ALPN); nil where they did not.
    var applicationProtocol: String? { session?.applicationProtocol }

    /// Who is at the other end; nil without TLS, or for a client without a certificate where none is required.
    var peer: SPIFFEID? { session?.peer?.id }

    /// How shaking hands ended.
    enum Handshake {
        case done
        case failed(TLSFailure)
        case timedOut
    }

    /// Begins TLS on the socket and suspends until the peer is verified.
    /// - Parameters:
    ///   - expected: the only workload that will do as the peer, or nil for any that is trusted.
    ///   - waiter: the one that the socket wakes.
    func secure(
        _ context: TLSContext, expecting expected: SPIFFEID? = nil, _ waiter: Waiter, until deadline: MonotonicTime
    ) async -> Handshake {
        session = TLSSession(context, socket: socket.number, expecting: expected, serverName: expected?.serverName)
        while true {
            switch session?.handshake() {
            case .done: return .done
            case .wantsRead: socket.readBlocked()
            case .wantsWrite: socket.writeBlocked()
            case .failed(let failure): return .failed(failure)
            case nil: return .failed(.internal)
            }
            guard await waiter.wait(until: deadline) == .event else { return .timedOut }
        }
    }
}

extension SPIFFEID {
    /// The workload's name as SNI carries it; nil where the id has another form than Martlet's.
    fileprivate var serverName: String? {
        do throws(WorkloadIdentityError) {
            return try WorkloadIdentity(self).dnsName
        } catch {
            return nil
        }
    }
}
