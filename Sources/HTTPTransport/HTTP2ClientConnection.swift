import Bytes
import EventLoop
import HTTP
import HTTP2

/// One HTTP/2 connection to a server, for many requests at once. A task of its own moves its bytes, also while no request
/// waits: a GOAWAY is read when it comes.
final class HTTP2ClientConnection {
    private let socket: SessionSocket
    private let waiter: Waiter
    private let loop: EventLoop
    private let limits: HTTPClientLimits
    private var calls: [StreamHandle: ClientCall] = [:]
    private var head = ResponseHead()
    private var trailers = TrailerSection()
    /// No request is begun any more; the connection ends with the last one.
    private var isRetired = false

    init(_ descriptor: Descriptor, waiter: Waiter, loop: EventLoop, limits: HTTPClientLimits) {
        self.waiter = waiter
        self.loop = loop
        self.limits = limits
        socket = SessionSocket(
            .client, limits: limits.http2, on: TransportStream(descriptor), loop: loop, received: ByteBuffer())
    }

    /// Whether a request would be sent at once.
    var isUsable: Bool { !isRetired && socket.session.canSendRequest }

    func retire() {
        isRetired = true
        waiter.wake()
    }

    /// Moves bytes until the connection is over.
    func run() async {
        while !socket.isOver {
            judge()
            if socket.move({ react($0, $1) }) {
                await Task.yield()
            } else if !socket.isOver {
                _ = await waiter.wait(until: nextDeadline)
            }
        }
        isRetired = true
        waiter.invalidate()
    }

    private var nextDeadline: MonotonicTime? {
        let deadlines = [
            socket.session.nextDeadline.map { MonotonicTime(nanoseconds: $0) },
            socket.writeDeadline(limits.writeTimeout),
        ]
        return deadlines.compactMap(\.self).min()
    }

    private func judge() {
        socket.tick { react($0, $1) }
        if isRetired, calls.isEmpty { socket.session.terminate(.noError) }
        if let deadline = socket.writeDeadline(limits.writeTimeout), loop.now >= deadline {
            socket.lose { react($0, $1) }
        }
    }

    /// Precondition: `isUsable`.
    func exchange(_ request: HTTP2ClientRequest, deadline: MonotonicTime) async -> ClientConnection.Outcome {
        let handle = socket.session.sendRequest(request.method, hasBody: !request.body.isEmpty) {
            request.write(to: &$0)
        }
        guard let handle else { return .failure(.reset, responseBegan: false) }
        if !request.body.isEmpty {
            socket.session.write(handle, request.body.rawBytes)
            socket.session.finish(handle)
        }
        let call = ClientCall(loop: loop, bodyBytesMax: limits.bodyBytesMax)
        calls[handle] = call
        waiter.wake()
        defer { call.waiter.invalidate() }
        while true {
            if let outcome = call.outcome { return outcome }
            guard await call.waiter.wait(until: deadline) == .deadline else { continue }
            give(up: handle)
            // Whether the server or only this request is stuck is not known, so the next one begins anew.
            retire()
            return .failure(.timedOut, responseBegan: true)
        }
    }

    private func give(up handle: StreamHandle) {
        calls[handle] = nil
        socket.session.reset(handle, .cancel)
        waiter.wake()
    }

    private func react(_ event: HTTP2Event, _ bytes: borrowing ByteBuffer) {
        switch event {
        case .response(let handle, let slot):
            socket.session.takeResponse(slot, into: &head)
            calls[handle]?.headReceived(head)
        case .data(let handle, let range):
            socket.session.consumed(handle, Int(range.count))
            guard let call = calls[handle] else { return }
            if !call.bodyReceived(bytes.bytes.extracting(range.range)) { give(up: handle) }
        case .trailers(let handle, let slot):
            socket.session.takeTrailers(slot, into: &trailers)
            calls[handle]?.trailersReceived(trailers)
        case .end(let handle): calls[handle]?.responseEnded()
        case .closed(let handle, let end):
            calls.removeValue(forKey: handle)?.closed(end)
            socket.session.release(handle)
        case .goAway: isRetired = true
        case .interim, .drained, .settings, .pingAcknowledged, .failed, .request, .requestRefused: break
        }
    }
}
