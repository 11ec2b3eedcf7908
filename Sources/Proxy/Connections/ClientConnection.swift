import Bytes
import EventLoop
import HTTP
import HTTP2

/// One client connection, from accept to close. It never leaves its loop.
///
/// ```
/// opening ──▶ idle ──first byte──▶ head ──▶ exchange ──▶ idle …               (ClientConnection+Exchange)
///    │          │ timeout, EOF      │ malformed  │ close, failure
///    ▼          ▼                   ▼            ▼
///  closed     closed        refused, lingering  closed
/// ```
///
/// It is no task: it rests, and goes on at each wake-up as far as it comes (`woken`). What must wait in the middle of something
/// is a task for as long as that takes: shaking hands, opening a connection to an upstream, refusing, a tunnel. While it is
/// idle it holds no buffer. What may suspend takes the `ExchangeSlot`; what may not takes the exchange in it, `inout`.
final class ClientConnection: WakeHandler {
    let socket: Channel
    let waiter: Waiter
    let worker: Worker
    let direction: Direction
    let peer: SocketAddress
    /// Where the client meant to connect to, when the packet filter has redirected it here.
    let original: SocketAddress?
    let detection: Detection
    let detectionDeadline: MonotonicTime
    /// Requests that have been read on it.
    private var requestCount = 0
    var rest = Rest.awake
    /// Who the client is, as the worker's `PeerTable` numbers it.
    private(set) lazy var clientNumber =
        direction == .inbound ? worker.clients.number(of: socket.peer) : PeerTable.noPeer

    private init(
        _ socket: Channel, _ waiter: Waiter, _ peer: SocketAddress, _ direction: Direction, _ worker: Worker,
        meantFor original: SocketAddress? = nil
    ) {
        self.original = original
        detection = worker.settings.detection(direction, original)
        detectionDeadline = worker.loop.now.advanced(byNanoseconds: worker.settings.detectNanoseconds)
        self.socket = socket
        self.waiter = waiter
        self.worker = worker
        self.direction = direction
        self.peer = peer
    }

    /// For the one exchange of a stream; its connection is another's.
    convenience init(of stream: ExchangeStream) {
        let connection = stream.connection
        let waiter = Waiter(loop: connection.worker.loop)
        self.init(
            stream.channel, waiter, connection.peer, connection.direction, connection.worker,
            meantFor: connection.original)
    }

    /// Serves `accepted` until either side is done with it; `worker.connectionClosed` follows in any case.
    static func serve(_ accepted: AcceptedConnection, _ direction: Direction, _ worker: Worker) {
        let waiter = Waiter(loop: worker.loop)
        worker.connectionOpened(direction, waiter)
        do throws(SystemError) {
            let socket = try Descriptor(number: accepted.number, loop: worker.loop, waiter: waiter, isReadable: false)
            let original = worker.settings.isTransparent ? accepted.originalDestination : nil
            let connection = ClientConnection(
                Channel(socket), waiter, accepted.peer, direction, worker, meantFor: original)
            let idle = worker.loop.now.advanced(byNanoseconds: worker.settings.idleNanoseconds)
            switch connection.detection {
            case .http: connection.awaitFirstByte(until: idle)
            case .firstBytes: connection.awaitFirstByte(until: min(idle, connection.detectionDeadline))
            case .opaque: connection.startOpening()
            }
        } catch {
            // epoll has no room for it: the same exhaustion that makes the listener pause. It has been closed.
            worker.connectionClosed(direction, waiter)
        }
    }

    // MARK: Resting

    /// What it rests for.
    enum Rest {
        /// The first byte, which tells what the client speaks.
        case opening(until: MonotonicTime)
        /// The next request, for that long.
        case request(until: MonotonicTime)
        /// The rest of a head, for that long.
        case head(ExchangeSlot, until: MonotonicTime)
        /// Its turn to carry the request of a stream, or to refuse what is none.
        case turn(ExchangeSlot, HTTPError?)
        /// Something to move, or the limit whose reason this is.
        case relay(ExchangeSlot, FailureReason)
        /// Nothing: it is under way, or a task is.
        case awake

        mutating func take() -> Rest {
            let taken = self
            self = .awake
            return taken
        }
    }

    func woken(_ wake: Wake) {
        switch rest.take() {
        case .awake: break
        case .opening(let deadline): firstByteCame(wake, deadline)
        case .request(let deadline): wake == .deadline ? closed() : awaitRequest(until: deadline)
        case .head(let slot, let deadline): wake == .deadline ? headTimedOut(slot) : readHead(slot, until: deadline)
        case .turn(let slot, let error?):
            begin(&slot.exchange)
            refuse(slot, error.requestReason)
        case .turn(let slot, nil): serve(slot)
        case .relay(let slot, let reason): wake == .deadline ? relayEnded(slot, .failed(reason)) : relay(slot)
        }
    }

    /// Goes on as a task.
    func inTask(_ body: @escaping (ClientConnection) async -> Void) {
        let work = LoopBound((self, body), loop: worker.loop)
        worker.loop.spawn {
            let (connection, body) = work.value
            await body(connection)
        }
    }

    func closed() { worker.connectionClosed(direction, waiter) }

    // MARK: Opening

    private func awaitFirstByte(until deadline: MonotonicTime) {
        if worker.loop.isDraining { return startOpening() }
        rest = .opening(until: deadline)
        if let wake = waiter.rest(until: deadline, self) { firstByteCame(wake, deadline) }
    }

    private func firstByteCame(_ wake: Wake, _ deadline: MonotonicTime) {
        switch wake {
        // Where the server speaks first, the client's silence tells as much as its first bytes.
        case .deadline where detection != .http: startOpening()
        case .deadline: closed()
        case .event where socket.isReadable:
            if detection == .http, direction == .outbound { return awaitRequest() }
            startOpening()
        case .event: awaitFirstByte(until: deadline)
        }
    }

    private func startOpening() {
        inTask { connection in
            switch await connection.open() {
            case .requests: connection.opened()
            case .opaque:
                await connection.carryOpaque()
                connection.closed()
            case .failed: connection.closed()
            }
        }
    }

    private func opened() {
        guard socket.applicationProtocol == ApplicationProtocol.http2 else { return awaitRequest() }
        var nothing = ByteBuffer()
        becomeHTTP2(&nothing)
    }

    /// Hands the connection over: from here on its requests come as streams.
    private func becomeHTTP2(_ received: inout ByteBuffer) {
        let connection = HTTP2Connection(over: socket, waiter, direction, worker, owner: .clients(peer))
        connection.original = original
        connection.start(with: &received)
    }

    // MARK: Between requests

    private func awaitRequest() {
        awaitRequest(
            until: min(worker.loop.now.advanced(byNanoseconds: worker.settings.idleNanoseconds), socket.expires))
    }

    /// Waits, holding no buffer, for the first byte of the next request. While draining, a connection that has been served
    /// gets some time for the request that may already be on its way, and is then closed.
    private func awaitRequest(until idle: MonotonicTime) {
        let loop = worker.loop
        while !socket.isReadable {
            rest = .request(until: idle)
            let deadline = loop.isDraining ? min(idle, worker.drainIdleDeadline) : idle
            guard let wake = waiter.rest(until: deadline, self) else { return }
            if wake == .deadline { return closed() }
        }
        if socket.hasExpired(at: loop.now) { return closed() }
        readHead(worker.takeExchange(), until: nil)
    }

    /// The exchange in `slot` is over.
    /// - Parameter hasMore: part of another request has come; nil where that is not known.
    func served(_ slot: ExchangeSlot, mayGoOn: Bool, hasMore: Bool? = nil) {
        if let stream = socket.stream {
            worker.giveBack(slot)
            return stream.detach()
        }
        if mayGoOn, hasMore ?? !slot.exchange.clientInput.isEmpty {
            return readHead(worker.nextExchange(behind: slot), until: nil)
        }
        worker.giveBack(slot)
        mayGoOn ? awaitRequest() : closed()
    }

    // MARK: The head

    private enum HeadResult {
        /// Its request has been begun.
        case complete(NextStep)
        case incomplete, closed
        /// An HTTP/2 connection begins (RFC 9113 §3.4); nothing of it has been taken.
        case preface
        case refused(FailureReason)
    }

    /// Reads on until the head is whole, and carries its request.
    /// - Parameter limit: when the client's time for it is over; nil before its first byte.
    private func readHead(_ slot: ExchangeSlot, until limit: MonotonicTime?) {
        while true {
            switch readHead(&slot.exchange) {
            case .complete(let step): return go(on: slot, step)
            case .closed: return served(slot, mayGoOn: false)
            case .preface:
                becomeHTTP2(&slot.exchange.clientInput)
                return worker.giveBack(slot)
            case .refused(let reason):
                begin(&slot.exchange)
                return refuse(slot, reason)
            // A socket counts as readable until a read has said otherwise: this one is still idle.
            case .incomplete where slot.exchange.clientInput.isEmpty: return served(slot, mayGoOn: true)
            case .incomplete:
                let limit = limit ?? worker.loop.now.advanced(byNanoseconds: worker.settings.headNanoseconds)
                rest = .head(slot, until: limit)
                guard let wake = waiter.rest(until: limit, self) else { return }
                if wake == .deadline { return headTimedOut(slot) }
            }
        }
    }

    private func headTimedOut(_ slot: ExchangeSlot) {
        slot.exchange.request.reset()
        begin(&slot.exchange)
        refuse(slot, .clientTimeout)
    }

    private func readHead(_ exchange: inout Exchange) -> HeadResult {
        while true {
            if takeWhole(&exchange) { return .complete(start(&exchange)) }
            switch exchange.clientInput.isEmpty ? .needMore : exchange.requestScanner.scan(exchange.clientInput) {
            case .complete(let byteCount): return parse(&exchange, byteCount)
            case .failed(let error):
                if isPreface(exchange.clientInput) { return .preface }
                exchange.request.reset()
                return .refused(error.requestReason)
            case .needMore: break
            }
            switch socket.read(into: &exchange.clientInput, minimum: Limits.bufferBytes / 4) {
            case .bytes: continue
            case .end, .failed: return .closed
            case .wouldBlock: return .incomplete
            }
        }
    }

    /// - Returns: whether all of the head has come, and nothing is wrong with it.
    private func takeWhole(_ exchange: inout Exchange) -> Bool {
        guard exchange.requestScanner.isFresh, !exchange.clientInput.isEmpty,
            let byteCount = exchange.request.parseWhole(exchange.clientInput, limits: worker.settings.http)
        else { return false }
        requestCount += 1
        exchange.clientInput.consume(byteCount)
        return true
    }

    private func parse(_ exchange: inout Exchange, _ byteCount: Int) -> HeadResult {
        if isPreface(exchange.clientInput) { return .preface }
        requestCount += 1
        let failure = exchange.request.parse(exchange.clientInput, byteCount, limits: worker.settings.http)
        exchange.clientInput.consume(byteCount)
        return failure.map { .refused($0.requestReason) } ?? .complete(start(&exchange))
    }

    /// Only a connection that has carried nothing yet can become one of HTTP/2.
    private func isPreface(_ input: borrowing ByteBuffer) -> Bool {
        requestCount == 0 && ProtocolDetector.beginsHTTP2(input.bytes)
    }
}
