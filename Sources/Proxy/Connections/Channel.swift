import Bytes
import EventLoop
import Glibc
import HTTP
import HTTP2
import TLS

/// One end of a connection on the data path: its socket, and the TLS session over it where there is one; or one stream of
/// an HTTP/2 connection, which then is to its exchange what a connection of its own would be.
///
/// It answers as the socket alone would, so the code that carries messages knows nothing of TLS.
final class Channel {
    /// Noncopyable, so that to look at it counts no reference.
    private enum End: ~Copyable {
        case socket(Descriptor)
        case stream(ExchangeStream)
    }

    private let end: End
    private var session: TLSSession?
    private var isReset = false
    /// What its TLS has shown; a stream has that of its connection.
    private(set) var isSecure = false
    /// Who is at the other end; nil without TLS, or for a client without a certificate where none is required.
    private(set) var peer: SPIFFEID?
    /// When a certificate of either end expires that TLS began with: nothing new may begin from then on.
    private(set) var expires = MonotonicTime(nanoseconds: .max)

    init(_ socket: Descriptor) {
        end = .socket(socket)
    }

    init(_ stream: ExchangeStream) {
        end = .stream(stream)
        guard let connection = stream.connection.channel else { return }
        isSecure = connection.isSecure
        peer = connection.peer
        expires = connection.expires
    }

    deinit {
        // Tells the peer that what it has is all (close_notify), as far as the socket takes that now.
        if !isReset { _ = session?.shutdown() }
    }

    /// nil for a stream, which shares the socket of its connection.
    var socket: Descriptor? {
        switch end {
        case .socket(let socket): socket
        case .stream: nil
        }
    }

    var stream: ExchangeStream? {
        switch end {
        case .socket: nil
        case .stream(let stream): stream
        }
    }

    var isStream: Bool {
        switch end {
        case .socket: false
        case .stream: true
        }
    }

    // MARK: Reading and writing

    /// Appends what can be read now.
    /// - Parameters:
    ///   - minimum: bytes of room to offer at least.
    ///   - maximum: bytes to take at most; over TLS the buffer's room bounds that.
    func read(into buffer: inout ByteBuffer, minimum: Int, maximum: Int = .max) -> IOResult {
        switch end {
        case .stream(let stream): stream.read(into: &buffer)
        case .socket(let socket) where isSecure: readSecured(socket, into: &buffer, minimum: minimum)
        case .socket(let socket): socket.read(into: &buffer, minimum: minimum, maximum: maximum)
        }
    }

    private func readSecured(_ socket: Descriptor, into buffer: inout ByteBuffer, minimum: Int) -> IOResult {
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
        switch end {
        case .stream(let stream): stream.write(from: &buffer)
        case .socket(let socket) where isSecure: writeSecured(socket, from: &buffer)
        case .socket(let socket): socket.write(from: &buffer)
        }
    }

    private func writeSecured(_ socket: Descriptor, from buffer: inout ByteBuffer) -> IOResult {
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

    /// - Returns: false while no further response head has come by the stream.
    func takeHead(into head: inout ResponseHead) -> Bool {
        switch end {
        case .socket: false
        case .stream(let stream): stream.takeHead(into: &head)
        }
    }

    /// How the stream has ended; nil while it has not.
    var streamEnd: StreamEnd? {
        switch end {
        case .socket: nil
        case .stream(let stream): stream.end
        }
    }

    /// Whom the socket wakes.
    var waiter: Waiter? {
        get {
            switch end {
            case .socket(let socket): socket.waiter
            case .stream(let stream): stream.waiter
            }
        }
        set {
            switch end {
            case .socket(let socket): socket.waiter = newValue
            case .stream(let stream): stream.waiter = newValue
            }
        }
    }

    var isReadable: Bool {
        switch end {
        case .socket(let socket): socket.isReadable
        case .stream: false
        }
    }

    var peerClosed: Bool {
        switch end {
        case .socket(let socket): socket.peerClosed
        case .stream: false
        }
    }

    var isHungUp: Bool {
        switch end {
        case .socket(let socket): socket.isHungUp
        case .stream(let stream): stream.isHungUp
        }
    }

    // MARK: Ending

    /// Says that nothing more follows; the peer may still send.
    func shutdownWriting() {
        _ = session?.shutdown()
        socket?.shutdownWriting()
        stream?.finish()
    }

    /// The same for one who can wait. - Returns: false when close_notify finds no room yet, to be tried again.
    func finishWriting() -> Bool {
        if case .wouldBlockOnWrite? = session?.shutdown() {
            socket?.writeBlocked()
            return false
        }
        socket?.shutdownWriting()
        stream?.finish()
        return true
    }

    /// Makes the coming close a reset, so that a peer in the middle of a message sees that it is incomplete.
    func resetOnClose() {
        isReset = true
        socket?.resetOnClose()
    }

    // MARK: TLS

    func hasExpired(at now: MonotonicTime) -> Bool { expires <= now }

    /// The socket, where the bytes on it are those that are carried.
    var plainSocket: Descriptor? { isSecure ? nil : socket }

    /// What both sides agreed to speak (ALPN); nil where they did not.
    var applicationProtocol: String? { session?.applicationProtocol }

    /// Whether TLS began with what an earlier connection had verified.
    var isResumed: Bool { session?.isResumed ?? false }

    /// How shaking hands ended.
    enum Handshake {
        case done
        case failed(TLSFailure)
        case timedOut
    }

    /// Begins TLS on the socket and suspends until the peer is verified.
    /// - Parameters:
    ///   - expected: the only workload that will do as the peer, or nil for any that is trusted.
    ///   - resumable: where the sessions are that may be resumed.
    ///   - waiter: the one that the socket wakes.
    func secure(
        _ context: TLSContext, expecting expected: SPIFFEID? = nil, resuming resumable: ResumableSessions? = nil,
        _ waiter: Waiter, until deadline: MonotonicTime
    ) async -> Handshake {
        guard let socket else { return .failed(.internal) }
        isSecure = true
        session = TLSSession(
            context, socket: socket.number, expecting: expected, serverName: expected?.serverName, resuming: resumable)
        while true {
            switch session?.handshake() {
            case .done:
                // What the peer sent behind its last message may be in the session already: no edge tells of it.
                socket.readAgain()
                peer = session?.peer?.id
                noteExpiry(context, at: waiter.loop.now)
                return .done
            case .wantsRead: socket.readBlocked()
            case .wantsWrite: socket.writeBlocked()
            case .failed(let failure): return .failed(failure)
            case nil: return .failed(.internal)
            }
            guard await waiter.wait(until: deadline) == .event else { return .timedOut }
        }
    }

    private func noteExpiry(_ context: TLSContext, at now: MonotonicTime) {
        guard let end = [session?.peer?.notAfter, context.identity?.notAfter].compactMap(\.self).min() else { return }
        expires = now.advanced(by: .seconds(max(0, WallTime.now().seconds(until: end))))
    }
}

extension SPIFFEID {
    /// The workload's name as SNI carries it; nil where the id has another form than Martlet's.
    var serverName: String? {
        do throws(WorkloadIdentityError) {
            return try WorkloadIdentity(self).dnsName
        } catch {
            return nil
        }
    }
}
