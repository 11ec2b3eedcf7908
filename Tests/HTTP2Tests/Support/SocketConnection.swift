import Bytes
import Dispatch
import Glibc
import HTTP
import HTTP2

/// A session and a blocking socket: reads, tells, writes, until either side ends. For tests only; a proxy waits otherwise.
final class SocketConnection {
    var session: HTTP2Session
    private let socket: Int32
    private var input = ByteBuffer(capacity: 32 * 1024)
    private var output = ByteBuffer(capacity: 64 * 1024)

    init(_ role: HTTP2Session.Role, socket: Int32) {
        self.socket = socket
        session = HTTP2Session(role, acceptsExtendedConnect: true, now: Self.now)
        Loopback.prepare(socket)
    }

    deinit { Loopback.finish(socket) }

    static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

    /// - Parameters:
    ///   - react: takes each event, and the bytes that a `data` points into.
    ///   - isDone: ends the loop, asked after each round.
    func run(_ react: (HTTP2Event, borrowing ByteBuffer) -> Void, until isDone: () -> Bool = { false }) {
        while true {
            guard flush(react), !session.isOver, !isDone() else { break }
            guard Loopback.read(socket, into: &input) else { break }
            while !input.isEmpty {
                let taken = session.receive(from: input, now: Self.now)
                takeEvents(react)
                input.consume(taken)
            }
        }
        session.transportClosed()
        takeEvents(react)
    }

    private func takeEvents(_ react: (HTTP2Event, borrowing ByteBuffer) -> Void) {
        while let event = session.nextEvent() { react(event, input) }
    }

    private func flush(_ react: (HTTP2Event, borrowing ByteBuffer) -> Void) -> Bool {
        while session.wantsToSend {
            session.send(into: &output, limit: 64 * 1024, now: Self.now)
            takeEvents(react)
            guard !output.isEmpty else { return true }
            guard Loopback.write(socket, &output) else { return false }
        }
        return true
    }
}
