import Bytes
import EventLoop
import Glibc
import HTTP
import HTTP2

/// One HTTP/2 stream as an end of an exchange: what has come and was not taken yet, and how it ended.
///
/// The connection keeps it for the next stream of the same slot, so its buffers last. An exchange owns it until `detach`;
/// the stream itself may end before or after that.
final class ExchangeStream {
    let connection: HTTP2Connection
    private(set) var handle: StreamHandle
    /// Who is woken when something comes or goes, while an exchange owns the stream. One that clients open keeps it.
    var waiter: Waiter?
    private var input = ByteBuffer()
    /// The bytes in it. Kept beside it, since each look at the buffer itself is checked for overlapping ones (ADR 6).
    private var inputCount = 0
    private var head = ResponseHead()
    private var hasHead = false
    /// Heads behind `head`: an interim one seldom comes together with the next.
    private var furtherHeads: [ReceivedResponse] = []
    private(set) var trailers = TrailerSection()
    private(set) var hasTrailers = false
    /// The peer has said everything.
    private(set) var inputEnded = false
    /// We have.
    private(set) var isFinished = false
    /// How the stream ended on the wire; nil while it has not.
    private(set) var end: StreamEnd?
    private(set) var isOwned = false

    // Kept from one exchange to the next, since making them is a handful of allocations.
    private var keptChannel: Channel?
    private var keptClient: ClientConnection?
    private var keptUpstream: UpstreamConnection?

    /// A response head that has come before the exchange took the one before it.
    private final class ReceivedResponse {
        var head = ResponseHead()
    }

    init(_ handle: StreamHandle, of connection: HTTP2Connection) {
        self.handle = handle
        self.connection = connection
    }

    /// Takes over a new stream.
    /// - Parameter isFinished: nothing follows the head that opened it.
    func begin(_ handle: StreamHandle, isFinished: Bool = false) {
        self.handle = handle
        self.isFinished = isFinished
        if inputCount > 0 { input.clear() }
        inputCount = 0
        hasHead = false
        furtherHeads = []
        hasTrailers = false
        inputEnded = false
        end = nil
        isOwned = true
    }

    /// The peer gave up, or the connection is gone: nothing that is sent would arrive.
    var isHungUp: Bool { end.map { $0 != .complete } ?? false }

    // MARK: As an end of an exchange

    /// The stream as the channel of an exchange.
    var channel: Channel {
        if let keptChannel { return keptChannel }
        let made = Channel(self)
        keptChannel = made
        return made
    }

    /// Who carries the exchange of a stream that a client has opened.
    var client: ClientConnection {
        if let keptClient { return keptClient }
        let made = ClientConnection(of: self)
        keptClient = made
        return made
    }

    /// The stream as an upstream of `pool`, whose connection it is of.
    func upstream(of pool: EndpointPool) -> UpstreamConnection {
        if let keptUpstream { return keptUpstream }
        let made = UpstreamConnection(socket: channel, pool: pool)
        keptUpstream = made
        return made
    }

    /// Lets go of what refers back to it. An exchange that still has it does so by `detach`.
    func releaseReferences() {
        keptClient?.waiter.invalidate()
        if keptClient != nil { waiter = nil }
        keptClient = nil
        keptUpstream = nil
        keptChannel = nil
    }

    // MARK: What the exchange does

    /// As `Channel.read`: takes what has come, and lets the peer send as much again.
    func read(into buffer: inout ByteBuffer) -> IOResult {
        let count = inputCount
        guard count == 0 else {
            if buffer.isEmpty { swap(&buffer, &input) } else { input.move(first: count, to: &buffer) }
            inputCount = 0
            connection.consumed(handle, count)
            return .bytes(count)
        }
        if inputEnded { return .end }
        return end == nil ? .wouldBlock : .failed(ECONNRESET)
    }

    /// As `Channel.write`: queues all of `buffer`, unless much is queued already.
    func write(from buffer: inout ByteBuffer) -> IOResult {
        guard end == nil else { return .failed(EPIPE) }
        switch connection.session.write(handle, from: &buffer, pendingMax: Limits.outputPendingBytesMax) {
        case .taken(let byteCount):
            connection.scheduleFlush()
            return .bytes(byteCount)
        case .full: return .wouldBlock
        case .ended: return .failed(EPIPE)
        }
    }

    /// Ends our side.
    func finish() {
        guard !isFinished else { return }
        isFinished = true
        connection.session.finish(handle)
        connection.scheduleFlush()
    }

    /// Ends our side with trailers, whose ranges point into `bytes`.
    func finish(trailers: FieldList, in bytes: RawSpan) {
        guard !isFinished else { return }
        isFinished = true
        connection.session.finish(handle, trailers: trailers, in: bytes)
        connection.scheduleFlush()
    }

    /// Ends our side with trailers of our own.
    func finish(writing trailers: (inout FieldBlock) -> Void) {
        guard !isFinished else { return }
        isFinished = true
        connection.session.finish(handle, writing: trailers)
        connection.scheduleFlush()
    }

    /// Sends a response head; an interim one leaves the final one to come.
    /// - Returns: false where the peer takes no head as large; it gets none then.
    @discardableResult
    func respond(_ head: borrowing ResponseHead, _ forwarding: borrowing ResponseForwarding) -> Bool {
        let hasBody = head.isTunnel || (forwarding.framing ?? head.framing).hasBody
        let response = connection.session.sendResponse(handle, head, forwarding)
        if response == .sent, !head.isInterim { isFinished = !hasBody }
        connection.scheduleFlush()
        return response != .tooLarge
    }

    /// Sends a response head of our own.
    func respond(hasBody: Bool, writing head: (inout FieldBlock) -> Void) {
        if connection.session.sendResponse(handle, hasBody: hasBody, writing: head) == .sent {
            isFinished = !hasBody
        }
        connection.scheduleFlush()
    }

    /// - Returns: false while no further response head has come.
    func takeHead(into head: inout ResponseHead) -> Bool {
        guard hasHead else { return false }
        swap(&self.head, &head)
        hasHead = !furtherHeads.isEmpty
        guard let next = furtherHeads.first else { return true }
        swap(&self.head, &next.head)
        furtherHeads = Array(furtherHeads.dropFirst())
        return true
    }

    func reset(_ code: HTTP2ErrorCode) {
        connection.session.reset(handle, code)
        connection.scheduleFlush()
    }

    /// The exchange is done with it. What of the peer's message has not come is not wanted; what of ours is queued still
    /// goes, if it is whole.
    func detach() {
        guard isOwned else { return }
        isOwned = false
        if keptClient == nil { waiter = nil }
        connection.detached(self)
    }

    // MARK: What the connection tells, before it wakes `waiter`

    func received(_ bytes: RawSpan) {
        input.append(bytes)
        inputCount += bytes.byteCount
    }

    func received(_ slot: HeadSlot, from session: inout HTTP2Session) {
        if hasHead {
            let response = ReceivedResponse()
            session.takeResponse(slot, into: &response.head)
            furtherHeads = furtherHeads + [response]
        } else {
            session.takeResponse(slot, into: &head)
            hasHead = true
        }
    }

    func receivedTrailers(_ slot: HeadSlot, from session: inout HTTP2Session) {
        session.takeTrailers(slot, into: &trailers)
        hasTrailers = true
    }

    func inputHasEnded() { inputEnded = true }

    func closed(_ end: StreamEnd) { self.end = end }
}
