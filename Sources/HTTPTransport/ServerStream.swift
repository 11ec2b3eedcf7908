import EventLoop
import HTTP2

/// One request of an HTTP/2 connection, from its head to the end of the work for it.
final class ServerStream {
    enum State {
        /// Its body comes in; in all, `body.count` bytes of the server's budget are taken.
        case receiving
        /// The handler has it.
        case working
        case answered
    }

    let handle: StreamHandle
    let head: ReceivedHead
    let receivedAt: MonotonicTime
    /// For the whole body.
    let deadline: MonotonicTime
    var state = State.receiving
    var body: [UInt8] = []
    /// Of the server's budget.
    var countedBytes = 0
    /// Over on the wire.
    var isClosed = false

    init(_ handle: StreamHandle, _ head: ReceivedHead, receivedAt: MonotonicTime, deadline: MonotonicTime) {
        self.handle = handle
        self.head = head
        self.receivedAt = receivedAt
        self.deadline = deadline
    }

    func request(from peer: SocketAddress, body: [UInt8] = []) -> HTTPRequest {
        HTTPRequest(
            method: head.method, target: head.target, fields: head.fields, peer: peer, body: body, isHTTP2: true,
            receivedAt: receivedAt)
    }
}
