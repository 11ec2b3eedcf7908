import Bytes
import EventLoop
import Glibc
import HTTP
import HTTP2
import TLS

/// One client's HTTP/2 connection, which is one task; each request is answered by a task of its own.
///
/// ```
/// stream      head ──▶ body ──▶ handler ──▶ answered ──▶ closed
///                └────────┴──────refused──────▲
/// connection  open ──stop, idle──▶ draining ──the client knows it──▶ last streams ──▶ closed
/// ```
final class HTTP2ServerConnection {
    private let socket: SessionSocket
    private let waiter: Waiter
    private let context: ServerContext
    private let peer: SocketAddress
    /// By its certificate.
    private let client: PeerIdentity?
    private var streams: [StreamHandle: ServerStream] = [:]
    private var head = RequestHead()
    private var idleSince: MonotonicTime
    /// Set while the client is being told that the connection ends.
    private var drainDeadline: MonotonicTime?

    private var limits: HTTPServerLimits { context.limits }
    private var now: MonotonicTime { context.loop.now }

    /// - Parameter received: what was read so far, from the preface on.
    init(
        on stream: TransportStream, received: consuming ByteBuffer, waiter: Waiter, peer: SocketAddress,
        context: ServerContext
    ) {
        self.waiter = waiter
        self.peer = peer
        client = stream.peer
        self.context = context
        idleSince = context.loop.now
        socket = SessionSocket(
            .server, limits: context.limits.http2, on: stream, loop: context.loop, received: received)
    }

    func run() async {
        while !socket.isOver {
            judge()
            if socket.move({ react($0, $1) }) {
                // Other connections of the loop have their turn.
                await Task.yield()
            } else if !socket.isOver {
                _ = await waiter.wait(until: nextDeadline)
            }
        }
        if socket.session.failure != nil { await socket.linger(waiter, until: now.advanced(by: limits.lingerTimeout)) }
    }

    // MARK: Time

    private var nextDeadline: MonotonicTime? {
        var next = socket.session.nextDeadline.map { MonotonicTime(nanoseconds: $0) }
        func consider(_ deadline: MonotonicTime?) {
            guard let deadline else { return }
            next = min(next ?? deadline, deadline)
        }
        consider(drainDeadline)
        consider(socket.writeDeadline(limits.writeTimeout))
        if streams.isEmpty, !socket.session.isDraining { consider(idleSince.advanced(by: limits.idleTimeout)) }
        for stream in streams.values where stream.state == .receiving { consider(stream.deadline) }
        return next
    }

    private func judge() {
        socket.tick { react($0, $1) }
        let isIdle = streams.isEmpty && now >= idleSince.advanced(by: limits.idleTimeout)
        if context.isEnding || isIdle { beginDrain() }
        if let drainDeadline, now >= drainDeadline { finishDrain() }
        for stream in streams.values where stream.state == .receiving && now >= stream.deadline {
            refuse(stream, 408, "the request took too long")
        }
        if let deadline = socket.writeDeadline(limits.writeTimeout), now >= deadline {
            socket.lose { react($0, $1) }
        }
    }

    // MARK: Ending

    /// Marks the ping whose answer says that the client knows.
    private static let drainPing: UInt64 = 0x6D61_7274_6C65_7402

    private func beginDrain() {
        guard !socket.session.isDraining, !socket.session.isOver else { return }
        socket.session.beginDrain()
        socket.session.ping(Self.drainPing)
        drainDeadline = now.advanced(by: limits.drainTimeout)
    }

    private func finishDrain() {
        drainDeadline = nil
        socket.session.finishDrain()
    }

    // MARK: Receiving

    private func react(_ event: HTTP2Event, _ bytes: borrowing ByteBuffer) {
        switch event {
        case .request(let handle, let slot): begin(handle, slot)
        case .requestRefused(let handle, let error):
            refuse(handle, HTTPRefusal(status: error.status, why: "not understood: \(error)", request: nil))
        case .data(let handle, let range): take(handle, bytes.bytes.extracting(range.range))
        case .end(let handle): work(handle)
        case .closed(let handle, _): closed(handle)
        case .pingAcknowledged(Self.drainPing): finishDrain()
        case .failed: context.counters.connectionsFailed.increment()
        case .trailers, .drained, .goAway, .settings, .pingAcknowledged, .interim, .response: break
        }
    }

    private func begin(_ handle: StreamHandle, _ slot: HeadSlot) {
        socket.session.takeRequest(slot, into: &head)
        let stream = ServerStream(
            handle, ReceivedHead(head), receivedAt: now, deadline: now.advanced(by: limits.bodyTimeout))
        streams[handle] = stream
        if case .length(let length) = head.framing, length > UInt64(limits.http2BodyBytesMax) {
            return refuseLarge(stream)
        }
        if head.expectsContinue { sendContinue(handle) }
    }

    private func take(_ handle: StreamHandle, _ bytes: RawSpan) {
        // What a refused request still brings has been given back to the client's window already.
        guard let stream = streams[handle], stream.state == .receiving else { return }
        socket.session.consumed(handle, bytes.byteCount)
        guard bytes.byteCount <= limits.http2BodyBytesMax - stream.body.count else { return refuseLarge(stream) }
        guard context.bodies.take(bytes.byteCount) else {
            return refuse(stream, 503, "too many bytes of bodies are on their way")
        }
        stream.countedBytes += bytes.byteCount
        stream.body.append(bytes)
    }

    private func work(_ handle: StreamHandle) {
        guard let stream = streams[handle], stream.state == .receiving else { return }
        stream.state = .working
        context.counters.requests.increment()
        let request = stream.request(from: peer, client, body: stream.body)
        stream.body = []
        let bound = LoopBound((connection: self, stream: stream), loop: context.loop)
        context.loop.spawn { [handler = context.handler] in
            let response = await handler(request)
            bound.value.connection.answer(bound.value.stream, response)
        }
    }

    // MARK: Answering

    private func answer(_ stream: ServerStream, _ response: HTTPResponse) {
        stream.state = .answered
        giveBack(stream)
        guard !stream.isClosed else { return forget(stream) }
        send(response, on: stream.handle, isHead: stream.head.method == "HEAD")
        waiter.wake()
    }

    private func refuseLarge(_ stream: ServerStream) {
        refuse(stream, 413, "the body is larger than \(limits.bodyBytesMax) bytes")
    }

    private func refuse(_ stream: ServerStream, _ status: Int, _ why: String) {
        stream.state = .answered
        stream.body = []
        giveBack(stream)
        refuse(stream.handle, HTTPRefusal(status: status, why: why, request: stream.request(from: peer, client)))
    }

    private func refuse(_ handle: StreamHandle, _ refusal: HTTPRefusal) {
        context.counters.requestsRefused.increment()
        send(context.refusal(refusal), on: handle, isHead: false)
        socket.session.discardRequest(handle)
    }

    private func send(_ response: HTTPResponse, on handle: StreamHandle, isHead: Bool) {
        let mayHaveBody = !isHead && response.status != 204 && response.status != 304
        let hasBody = mayHaveBody && !(response.body.isEmpty && response.trailers.all.isEmpty)
        let saysLength = response.status != 204 && response.trailers.all.isEmpty && (isHead || !response.body.isEmpty)
        socket.session.sendResponse(handle, hasBody: hasBody) { block in
            block.response(
                status: response.status, contentLength: saysLength ? UInt64(response.body.count) : nil,
                date: HTTPDate(unixSeconds: Int64(time(nil)))
            ) { response.fields.write(to: &$0) }
        }
        guard hasBody else { return }
        socket.session.write(handle, response.body.rawBytes)
        socket.session.finish(handle) { response.trailers.write(to: &$0) }
    }

    private func sendContinue(_ handle: StreamHandle) {
        var interim = ResponseHead()
        let lines = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        guard interim.parse(lines.rawBytes, for: .get) == nil else { return }
        socket.session.sendResponse(handle, interim)
    }

    // MARK: Streams

    /// A stream keeps its place until the work for it is done, so that resets make no room for more of it.
    private func closed(_ handle: StreamHandle) {
        guard let stream = streams[handle] else { return socket.session.release(handle) }
        stream.isClosed = true
        guard stream.state != .working else { return }
        giveBack(stream)
        forget(stream)
    }

    private func forget(_ stream: ServerStream) {
        streams[stream.handle] = nil
        socket.session.release(stream.handle)
        if streams.isEmpty { idleSince = now }
    }

    private func giveBack(_ stream: ServerStream) {
        context.bodies.giveBack(stream.countedBytes)
        stream.countedBytes = 0
    }
}
