import Bytes
import EventLoop
import HTTP2

/// An HTTP/2 session on a socket: moves between them what can be moved now. Belongs to its loop.
///
/// Every access of HTTP/2 to a socket is here.
final class SessionSocket {
    typealias Reaction = (HTTP2Event, borrowing ByteBuffer) -> Void

    var session: HTTP2Session
    private let stream: TransportStream
    private let loop: EventLoop
    private var input: ByteBuffer
    private var output = ByteBuffer()
    private var hasEnded = false
    /// Since when the peer has taken nothing of what waits for it.
    private var blockedSince: MonotonicTime?

    /// - Parameter received: bytes that were read before it was known that they are HTTP/2.
    init(
        _ role: HTTP2Session.Role, limits: HTTP2Limits, on stream: TransportStream, loop: EventLoop,
        received: consuming ByteBuffer
    ) {
        session = HTTP2Session(role, limits: limits, now: loop.now.nanoseconds)
        self.stream = stream
        self.loop = loop
        input = received
    }

    /// Nothing will be moved any more.
    var isOver: Bool { session.isOver && (output.isEmpty || hasEnded) }

    /// When the peer has been given enough time to take something, if something waits for it.
    func writeDeadline(_ timeout: Duration) -> MonotonicTime? { blockedSince?.advanced(by: timeout) }

    /// Delivers what has come, reads once and writes.
    ///
    /// - Parameter react: is told each event, with the bytes that a `data` points into. It may send.
    /// - Returns: whether bytes have moved.
    func move(_ react: Reaction) -> Bool {
        deliver(react)
        var hasMoved = write(react)
        guard !session.isOver else { return hasMoved }
        switch stream.read(into: &input, minimum: readBytesMin) {
        case .bytes: hasMoved = true
        case .end, .failed: lose(react)
        case .wouldBlock: return hasMoved
        }
        deliver(react)
        return write(react) || hasMoved
    }

    /// Judges what should have happened by now.
    func tick(_ react: Reaction) {
        session.tick(now: loop.now.nanoseconds)
        tell(react)
    }

    /// The connection is given up: every stream ends.
    func lose(_ react: Reaction) {
        hasEnded = true
        session.transportClosed()
        tell(react)
    }

    /// Lets the peer read the last words: a close with unread input would reset the connection under them.
    func linger(_ waiter: Waiter, until deadline: MonotonicTime) async {
        guard !hasEnded else { return }
        stream.shutdownWriting()
        while MonotonicTime.now() < deadline {
            input.clear()
            switch stream.read(into: &input, minimum: readBytesMin) {
            case .bytes: await Task.yield()
            case .end, .failed: return
            case .wouldBlock: if await waiter.wait(until: deadline) == .deadline { return }
            }
        }
    }

    private func deliver(_ react: Reaction) {
        tell(react)
        while !input.isEmpty, !session.isOver {
            let taken = session.receive(from: input, now: loop.now.nanoseconds)
            tell(react)
            input.consume(taken)
        }
    }

    private func tell(_ react: Reaction) {
        while let event = session.nextEvent() { react(event, input) }
    }

    private func write(_ react: Reaction) -> Bool {
        var hasMoved = false
        while true {
            if session.wantsToSend, output.count < sessionOutputBytes {
                session.send(into: &output, limit: sessionOutputBytes, now: loop.now.nanoseconds)
                tell(react)
            }
            guard !output.isEmpty, !hasEnded else {
                blockedSince = nil
                return hasMoved
            }
            switch stream.write(from: &output) {
            case .bytes:
                hasMoved = true
                blockedSince = nil
            case .wouldBlock:
                blockedSince = blockedSince ?? loop.now
                return hasMoved
            case .end, .failed: lose(react)
            }
        }
    }
}
