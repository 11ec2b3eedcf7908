import Bytes
import EventLoop
import HTTP
import HTTP2

/// One request of an HTTP/2 connection that waits for its response.
final class ClientCall {
    let waiter: Waiter
    private let bodyBytesMax: Int
    private var response = HTTPResponse()
    private var hasBegun = false
    private(set) var outcome: ClientConnection.Outcome?

    init(loop: EventLoop, bodyBytesMax: Int) {
        waiter = Waiter(loop: loop)
        self.bodyBytesMax = bodyBytesMax
    }

    func headReceived(_ head: borrowing ResponseHead) {
        hasBegun = true
        response.status = head.status
        response.fields = HTTPFields(head.fields, in: head.bytes)
    }

    /// - Returns: false when that is too much.
    func bodyReceived(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount <= bodyBytesMax - response.body.count else {
            fail(.responseTooLarge)
            return false
        }
        response.body.append(bytes)
        return true
    }

    func trailersReceived(_ trailers: borrowing TrailerSection) {
        response.trailers = HTTPFields(trailers.fields, in: trailers.bytes)
    }

    func responseEnded() { finish(.response(response)) }

    func closed(_ end: StreamEnd) {
        switch end {
        case .malformed, .invalid: fail(.invalidResponse)
        case .refused, .reset(.refusedStream): finish(.failure(.reset, responseBegan: false))
        case .complete, .reset, .cancelled, .stalled, .connectionEnded: fail(.reset)
        }
    }

    func fail(_ error: HTTPClientError) { finish(.failure(error, responseBegan: hasBegun)) }

    /// The first outcome counts.
    private func finish(_ outcome: ClientConnection.Outcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        waiter.wake()
    }
}
