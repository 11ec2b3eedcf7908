import Bytes
import EventLoop
import HTTP
import HTTP2

/// One HTTP/2 connection of the data path: a session over a channel, and the exchanges' ends of its streams.
///
/// It has no task. It rests, and each wake-up reads what has come, tells the streams, and rests again. What the
/// exchanges send gathers in the session and leaves at the end of the loop's turn, in as few records and writes as it
/// fits in.
final class HTTP2Connection: WakeHandler {
    var session: HTTP2Session
    let worker: Worker
    let direction: Direction
    let waiter: Waiter
    /// Who has the connection: a client opened it, or it is one of the connections to an endpoint.
    enum Owner {
        case clients(SocketAddress)
        case endpoint(EndpointPool)
    }

    /// Where the client meant to connect to, when the packet filter has redirected it here.
    var original: SocketAddress?
    /// nil once the connection is closed.
    private(set) var channel: Channel?
    private let isSecure: Bool
    private let expires: MonotonicTime
    /// By the slots of the session.
    private var streams: [ExchangeStream] = []
    private var output = ByteBuffer()
    private var isFlushPending = false
    private let owner: Owner
    /// Since when there has been no stream.
    private(set) var idleSince: MonotonicTime
    /// Streams that have been opened.
    private(set) var streamCount = 0
    /// The peer has answered as HTTP/2 does: with its settings.
    private(set) var isConfirmed = false
    private var drainBegan: MonotonicTime?
    var reported = HTTP2Counters()

    /// Whether the peer is a proxy of the mesh, whose connection carries many clients.
    let isOfMesh: Bool

    /// - Parameter channel: that carries nothing else from here on.
    init(over channel: Channel, _ waiter: Waiter, _ direction: Direction, _ worker: Worker, owner: Owner) {
        let role: HTTP2Session.Role
        switch owner {
        case .clients: (role, isOfMesh) = (.server, direction == .inbound && channel.peer != nil)
        case .endpoint(let pool): (role, isOfMesh) = (.client, pool.peer != nil)
        }
        let limits = worker.settings.http2(isOfMesh: isOfMesh)
        if limits.keepAliveNanoseconds == nil { channel.keepAlive(worker.settings) }
        session = HTTP2Session(role, limits: limits, acceptsExtendedConnect: true, now: worker.loop.now.nanoseconds)
        self.channel = channel
        isSecure = channel.isSecure
        expires = channel.expires
        self.waiter = waiter
        self.direction = direction
        self.worker = worker
        self.owner = owner
        idleSince = worker.loop.now
        channel.waiter = waiter
        worker.http2Connections.insert(self)
    }

    /// The client's address; of a connection of our own, the endpoint's.
    var peer: SocketAddress {
        switch owner {
        case .clients(let address): address
        case .endpoint(let pool): pool.address
        }
    }

    /// Begins to read and write. - Parameter received: bytes of the connection that were read already.
    func start(with received: inout ByteBuffer) {
        feed(&received)
        run()
    }

    func start() { run() }

    var isOpen: Bool { channel != nil && !session.isOver && session.failure == nil }
    var hasExpired: Bool { expires <= worker.loop.now }
    /// Whether a request may be sent on it now. Who has neither agreed by ALPN nor sent its settings may know no HTTP/2, and
    /// a body that it was sent could not be sent again.
    var takesStreams: Bool {
        guard channel != nil, isConfirmed || isSecure, !hasExpired else { return false }
        return session.canSendRequest
    }
    var isIdle: Bool { session.streamCount == 0 }

    // MARK: Reading

    func woken(_ wake: Wake) { run() }

    private func run() {
        repeat {
            receive()
            if worker.loop.isDraining { drain() }
            scheduleFlush()
        } while channel != nil && waiter.rest(self) != nil
    }

    private func receive() {
        var input = ByteBuffer()
        swap(&input, &worker.http2Input)
        reading: while let channel {
            switch channel.read(into: &input, minimum: Limits.bufferBytes) {
            case .bytes: feed(&input)
            case .wouldBlock: break reading
            case .end, .failed: close()
            }
        }
        input.clear()
        swap(&input, &worker.http2Input)
    }

    private func feed(_ input: inout ByteBuffer) {
        while !input.isEmpty && channel != nil {
            let taken = session.receive(from: input, now: worker.loop.now.nanoseconds)
            dispatch(input)
            input.consume(taken)
        }
    }

    // MARK: Events

    private func dispatch(_ input: borrowing ByteBuffer) {
        var events: [HTTP2Event] = []
        swap(&events, &worker.http2Events)
        session.takeEvents(into: &events)
        // The events of one stream come together: it is found, and woken, once for them.
        var position = 0
        while position < events.count {
            guard let handle = events[position].handle else {
                tell(events[position])
                position += 1
                continue
            }
            let stream = stream(beginningBy: events[position], handle)
            repeat {
                tell(stream, handle, events[position], input)
                position += 1
            } while position < events.count && events[position].handle == handle
            stream?.waiter?.wake()
        }
        swap(&events, &worker.http2Events)
        // What was done in answer can have more to tell.
        if session.hasEvents { dispatch(input) }
    }

    /// The stream that `handle` names, which begins with a request; nil where nobody has it any more.
    private func stream(beginningBy event: HTTP2Event, _ handle: StreamHandle) -> ExchangeStream? {
        switch event {
        case .request(_, let head): serve(handle, head)
        case .requestRefused(_, let error): refuse(handle, error)
        default: stream(handle)
        }
    }

    private func tell(
        _ stream: ExchangeStream?, _ handle: StreamHandle, _ event: HTTP2Event, _ input: borrowing ByteBuffer
    ) {
        switch event {
        case .interim(_, let slot), .response(_, let slot): stream?.received(slot, from: &session)
        case .data(_, let range):
            stream?.received(input.bytes.extracting(range.range))
            if stream == nil { unwanted(handle, range) }
        case .trailers(_, let slot): stream?.receivedTrailers(slot, from: &session)
        case .end: stream?.inputHasEnded()
        case .closed(_, let end):
            stream?.closed(end)
            if stream == nil { released(handle) }
        // Its head has been taken where it began; who is woken sees that there is room.
        case .request, .requestRefused, .drained: break
        case .settings, .goAway, .pingAcknowledged, .failed: break
        }
    }

    private func tell(_ event: HTTP2Event) {
        switch event {
        case .settings:
            isConfirmed = true
            capacityChanged()
        case .goAway: capacityChanged()
        case .pingAcknowledged: if drainBegan != nil { session.finishDrain() }
        case .failed(let failure): worker.http2Failed(failure, direction, session.role)
        case .request, .requestRefused, .interim, .response, .data, .trailers, .end, .drained, .closed: break
        }
    }

    private func serve(_ handle: StreamHandle, _ head: HeadSlot) -> ExchangeStream {
        let slot = worker.takeExchange()
        session.takeRequest(head, into: &slot.exchange.request)
        let stream = begin(handle)
        stream.client.take(stream, slot)
        return stream
    }

    /// Answers a stream whose head makes no request.
    private func refuse(_ handle: StreamHandle, _ error: HTTPError) -> ExchangeStream {
        let slot = worker.takeExchange()
        slot.exchange.request.reset()
        let stream = begin(handle)
        stream.client.take(stream, slot, error)
        return stream
    }

    private func capacityChanged() {
        if case .endpoint(let pool) = owner { pool.streams.capacityChanged() }
    }

    private func stream(_ handle: StreamHandle) -> ExchangeStream? {
        guard Int(handle.slot) < streams.count else { return nil }
        let stream = streams[Int(handle.slot)]
        return stream.isOwned && stream.handle == handle ? stream : nil
    }

    private func unwanted(_ handle: StreamHandle, _ range: ByteRange) { session.consumed(handle, range.range.count) }

    // MARK: Streams

    private func begin(_ handle: StreamHandle, isFinished: Bool = false) -> ExchangeStream {
        streamCount += 1
        let slot = Int(handle.slot)
        if streams.count <= slot { makeStreams(upTo: slot, handle) }
        let stream = streams[slot]
        stream.begin(handle, isFinished: isFinished)
        return stream
    }

    private func makeStreams(upTo slot: Int, _ handle: StreamHandle) {
        var all = streams
        while all.count <= slot { all.append(ExchangeStream(handle, of: self)) }
        streams = all
    }

    /// Opens a stream with `head`. - Returns: nil when the peer takes no further stream now, or no head as large.
    func open(
        _ head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding, scheme: RequestTarget.Scheme,
        additional: (inout FieldBlock) -> Void
    ) -> ExchangeStream? {
        let handle = session.sendRequest(head, forwarding, scheme: scheme, additional: additional)
        guard let handle else { return nil }
        scheduleFlush()
        return begin(handle, isFinished: !(forwarding.framing ?? head.framing).hasBody)
    }

    func consumed(_ handle: StreamHandle, _ byteCount: Int) {
        session.consumed(handle, byteCount)
        scheduleFlush()
    }

    func detached(_ stream: ExchangeStream) {
        let handle = stream.handle
        if channel == nil { stream.releaseReferences() }
        if stream.end != nil || !stream.isFinished {
            released(handle)
        } else if session.role == .client {
            // Our request is whole, and its answer is either whole too or not wanted any more.
            if stream.inputEnded { session.discardRequest(handle) } else { released(handle) }
        } else if !stream.inputEnded {
            session.discardRequest(handle)
        }
        scheduleFlush()
    }

    private func released(_ handle: StreamHandle) {
        session.release(handle)
        if session.streamCount == 0 { idleSince = worker.loop.now }
    }

    // MARK: Writing

    /// Has what is queued sent at the end of this turn.
    func scheduleFlush() {
        guard !isFlushPending, channel != nil else { return }
        isFlushPending = true
        worker.loop.atTurnEnd { [self] in flush() }
    }

    private func flush() {
        isFlushPending = false
        let nothing = ByteBuffer()
        repeat {
            guard send() else { return }
            session.send(into: &output, limit: Limits.streamingBufferBytes, now: worker.loop.now.nanoseconds)
            dispatch(nothing)
        } while !output.isEmpty
        if session.isOver { close() }
    }

    /// - Returns: whether the socket took all of it.
    private func send() -> Bool {
        while !output.isEmpty {
            guard let channel else { return false }
            switch channel.write(from: &output) {
            case .bytes, .end: continue
            case .wouldBlock: return false
            case .failed:
                close()
                return false
            }
        }
        return channel != nil
    }

    // MARK: Time and ends

    /// The limits of `worker.settings` are others now.
    func settingsChanged() {
        let limits = worker.settings.http2(isOfMesh: isOfMesh)
        session.limitHeads(to: limits.head, within: limits.headNanoseconds, now: worker.loop.now.nanoseconds)
        scheduleFlush()
    }

    /// Judges deadlines; called once a second.
    func tick() {
        let now = worker.loop.now
        session.tick(now: now.nanoseconds)
        dispatch(ByteBuffer())
        if let drainBegan, now.nanoseconds(since: drainBegan) >= Limits.http2DrainNanoseconds { session.finishDrain() }
        if hasExpired { drain() }
        if isIdle { rest(for: now.nanoseconds(since: idleSince)) }
        report()
        scheduleFlush()
    }

    /// Ends a client's connection that has been idle for its time; an endpoint's is the pool's to end. Before that it gives
    /// back what its streams have left behind.
    private func rest(for idleNanoseconds: UInt64) {
        if case .clients = owner, idleNanoseconds > worker.settings.idleNanoseconds { drain() }
        guard idleNanoseconds >= Limits.http2RestNanoseconds else { return }
        if output.isEmpty, output.capacity > 0 { output = ByteBuffer() }
        guard !streams.isEmpty else { return }
        for stream in streams { stream.releaseReferences() }
        streams = []
        session.releaseMemory()
    }

    /// Lets what has begun end, and the connection with it.
    func drain() {
        guard drainBegan == nil, isOpen else { return }
        drainBegan = worker.loop.now
        if session.role == .server {
            session.beginDrain()
            session.ping(1)
        } else {
            session.finishDrain()
        }
        scheduleFlush()
    }

    /// Closes at once. Streams that are open end as `connectionEnded`.
    func close() {
        guard let channel else { return }
        self.channel = nil
        channel.waiter = nil
        waiter.stopResting()
        session.transportClosed()
        dispatch(ByteBuffer())
        report()
        for stream in streams where !stream.isOwned { stream.releaseReferences() }
        streams = []
        worker.http2Connections.remove(self)
        switch owner {
        case .clients: worker.connectionClosed(direction, waiter)
        case .endpoint(let pool): pool.streamsClosed(self)
        }
    }
}

extension HTTP2Connection: Hashable {
    static func == (left: HTTP2Connection, right: HTTP2Connection) -> Bool { left === right }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
