import Bytes
import EventLoop
import GRPC
import HTTP
import HTTP2

/// One client connection, from accept to close. It never leaves its loop.
///
/// ```
/// parked ──first byte──▶ head ──▶ exchange ──▶ idle ──next byte──▶ head …    (ClientConnection+Exchange)
///   ▲ │ timeout, EOF       │ malformed           │ │ close, failure
///   │ ▼                    ▼                     │ ▼
///   │ closed           refused, lingering        │ closed
///   └──────────── nothing for a moment ──────────┘
/// ```
///
/// It is one task while requests follow each other, and none while it is parked: then it holds no buffer and no stack,
/// and its next byte starts a task anew. What may suspend takes the `ExchangeSlot`; what may not takes the exchange in
/// it, `inout`.
final class ClientConnection {
    let socket: Channel
    let waiter: Waiter
    let worker: Worker
    let direction: Direction
    let peer: SocketAddress
    /// Where the client meant to connect to, when the packet filter has redirected it here.
    let original: SocketAddress?
    let detection: Detection
    let detectionDeadline: MonotonicTime
    private var scanner: HeadScanner
    /// Requests that have been read on it.
    private var requestCount = 0
    /// It is known whether the client speaks TLS, and where it does, who it is.
    private var isOpen = false
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
        scanner = HeadScanner(.request, limits: worker.settings.http)
    }

    /// For the one exchange of a stream; its connection is another's.
    convenience init(of stream: ExchangeStream) {
        let connection = stream.connection
        let waiter = Waiter(loop: connection.worker.loop)
        self.init(
            stream.channel, waiter, connection.peer, connection.direction, connection.worker,
            meantFor: connection.original)
        isOpen = true
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
            case .http: connection.park(until: idle)
            case .firstBytes: connection.park(until: min(idle, connection.detectionDeadline))
            case .opaque: connection.start()
            }
        } catch {
            // epoll has no room for it: the same exhaustion that makes the listener pause. It has been closed.
            worker.connectionClosed(direction, waiter)
        }
    }

    // MARK: Between requests

    /// Waits without a task for the first byte of the next request.
    private func park(until deadline: MonotonicTime) {
        if worker.loop.isDraining { return start() }
        waiter.park(until: deadline) { [self] wake in
            switch wake {
            // Where the server speaks first, the client's silence tells as much as its first bytes.
            case .deadline where !isOpen && detection != .http: start()
            case .deadline: closed()
            case .event where socket.isReadable: start()
            case .event: park(until: deadline)
            }
        }
    }

    private func start() {
        let bound = LoopBound(self, loop: worker.loop)
        worker.loop.spawn { await bound.value.run() }
    }

    private func closed() { worker.connectionClosed(direction, waiter) }

    private func run() async {
        if !isOpen {
            switch await open() {
            case .requests: isOpen = true
            case .opaque:
                await carryOpaque()
                return closed()
            case .failed: return closed()
            }
            if socket.applicationProtocol == ApplicationProtocol.http2 {
                var nothing = ByteBuffer()
                return becomeHTTP2(&nothing)
            }
        }
        while true {
            switch await nextRequest() {
            case .readable where socket.hasExpired(at: worker.loop.now): return closed()
            case .readable: break
            case .parked(let deadline): return park(until: deadline)
            case .timedOut: return closed()
            }
            let slot = worker.takeExchange()
            var served = Served.mayGoOn
            repeat {
                served = await serveOne(slot)
            } while served == .mayGoOn && !slot.exchange.clientInput.isEmpty
            if served == .speaksHTTP2 {
                becomeHTTP2(&slot.exchange.clientInput)
                return worker.giveBack(slot)
            }
            worker.giveBack(slot)
            guard served == .mayGoOn else { return closed() }
        }
    }

    private enum Served { case mayGoOn, isDone, speaksHTTP2 }

    /// Hands the connection over: from here on its requests come as streams.
    private func becomeHTTP2(_ received: inout ByteBuffer) {
        let limits = direction == .inbound && socket.peer != nil ? HTTP2Limits.meshPeer : HTTP2Limits()
        if limits.keepAliveNanoseconds == nil { socket.keepAlive(worker.settings) }
        let session = HTTP2Session(
            .server, limits: limits, acceptsExtendedConnect: true, now: worker.loop.now.nanoseconds)
        let connection = HTTP2Connection(session, over: socket, waiter, direction, worker, owner: .clients(peer))
        connection.original = original
        connection.start(with: &received)
    }

    private enum Idle {
        case readable, timedOut
        /// Nothing came for a moment: to be parked until then.
        case parked(until: MonotonicTime)
    }

    /// Waits a moment, holding no buffer, for the first byte of the next request. While draining, a connection that has
    /// been served gets some time for the request that may already be on its way, and is then closed.
    private func nextRequest() async -> Idle {
        let loop = worker.loop
        let idle = min(loop.now.advanced(byNanoseconds: worker.settings.idleNanoseconds), socket.expires)
        let moment = loop.now.advanced(byNanoseconds: Limits.idleTaskNanoseconds)
        while !socket.isReadable {
            let wasDraining = loop.isDraining
            let deadline = min(idle, wasDraining ? worker.drainIdleDeadline : moment)
            guard await waiter.wait(until: deadline) == .deadline else { continue }
            if wasDraining || deadline == idle { return .timedOut }
            if !loop.isDraining { return .parked(until: idle) }
        }
        return .readable
    }

    /// - Returns: whether the connection can carry another request.
    private func serveOne(_ slot: ExchangeSlot) async -> Served {
        slot.exchange.reset()
        scanner.reset()
        var deadline: MonotonicTime?
        while true {
            switch readHead(&slot.exchange) {
            case .complete:
                return await run(slot) ? .mayGoOn : .isDone
            case .closed:
                return .isDone
            case .preface:
                return .speaksHTTP2
            case .refused(let reason):
                begin(&slot.exchange)
                return await refuse(slot, reason) ? .mayGoOn : .isDone
            case .incomplete where slot.exchange.clientInput.isEmpty:
                // A socket counts as readable until a read has said otherwise: this one is still idle.
                return .mayGoOn
            case .incomplete:
                let limit = deadline ?? worker.loop.now.advanced(byNanoseconds: worker.settings.headNanoseconds)
                deadline = limit
                guard await waiter.wait(until: limit) == .deadline else { continue }
                slot.exchange.request.reset()
                begin(&slot.exchange)
                return await refuse(slot, .clientTimeout) ? .mayGoOn : .isDone
            }
        }
    }

    // MARK: The head

    private enum HeadResult {
        case complete, incomplete, closed
        /// An HTTP/2 connection begins (RFC 9113 §3.4); nothing of it has been taken.
        case preface
        case refused(FailureReason)
    }

    private func readHead(_ exchange: inout Exchange) -> HeadResult {
        while true {
            switch exchange.clientInput.isEmpty ? .needMore : scanner.scan(exchange.clientInput) {
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

    private func parse(_ exchange: inout Exchange, _ byteCount: Int) -> HeadResult {
        if isPreface(exchange.clientInput) { return .preface }
        requestCount += 1
        let failure = exchange.request.parse(exchange.clientInput, byteCount, limits: worker.settings.http)
        exchange.clientInput.consume(byteCount)
        return failure.map { .refused($0.requestReason) } ?? .complete
    }

    /// Only a connection that has carried nothing yet can become one of HTTP/2.
    private func isPreface(_ input: borrowing ByteBuffer) -> Bool {
        requestCount == 0 && ProtocolDetector.beginsHTTP2(input.bytes)
    }

    // MARK: Refusing

    /// Answers with the proxy's own response for `reason` and closes, reading a little more so that the client sees
    /// the answer and not a reset.
    func refuse(_ slot: ExchangeSlot, _ reason: FailureReason) async -> Bool {
        queueRefusal(&slot.exchange, reason)
        let isSent = await sendOwnResponse(slot)
        finish(&slot.exchange)
        if isSent, socket.stream == nil { await linger(slot) }
        return false
    }

    /// Answers in the place of the server: this proxy is the last recipient that TRACE or OPTIONS allows (RFC 9110
    /// §7.6.2, conformance L16).
    func answer(_ slot: ExchangeSlot) async -> Bool {
        if !slot.exchange.request.keepAlive || slot.exchange.request.framing.hasBody {
            slot.exchange.mustCloseClient = true
        }
        slot.exchange.record.status = 200
        worker.writeAnswer(&slot.exchange, to: socket.stream)
        let isSent = await sendOwnResponse(slot)
        let closes = slot.exchange.mustCloseClient
        finish(&slot.exchange)
        if closes, isSent, socket.stream == nil { await linger(slot) }
        return isSent && !closes
    }

    /// Sends what has been queued, for as long as a lingering close may last. - Returns: whether the client took it.
    private func sendOwnResponse(_ slot: ExchangeSlot) async -> Bool {
        let deadline = lingerDeadline
        while !slot.exchange.clientOutput.isEmpty {
            switch socket.write(from: &slot.exchange.clientOutput) {
            case .bytes, .end: continue
            case .failed: return false
            case .wouldBlock: if await waiter.wait(until: deadline) == .deadline { return false }
            }
        }
        return true
    }

    private func queueRefusal(_ exchange: inout Exchange, _ reason: FailureReason) {
        worker.bookUnrouted(&exchange, direction)
        exchange.record.reason = reason
        exchange.record.status = exchange.isGRPC ? 200 : reason.status
        if exchange.isGRPC { exchange.record.grpcStatus = GRPCStatus(reason) }
        exchange.mustCloseClient = true
        worker.writeFailure(&exchange, reason, to: socket.stream)
    }

    private var lingerDeadline: MonotonicTime {
        worker.loop.now.advanced(byNanoseconds: Limits.lingerNanosecondsMax)
    }

    /// Ends a connection whose request was answered before its end, or which has sent more after its last request:
    /// closing with unread bytes would be a reset, which can overtake the answer (RFC 9112 §9.6).
    func lingerIfSending(_ slot: ExchangeSlot) async {
        if !slot.exchange.requestBody.isComplete || !slot.exchange.clientInput.isEmpty || socket.isReadable {
            await linger(slot)
        }
    }

    private func linger(_ slot: ExchangeSlot) async {
        socket.shutdownWriting()
        let deadline = lingerDeadline
        var left = Limits.lingerBytesMax
        while left > 0 {
            slot.exchange.clientInput.clear()
            switch socket.read(into: &slot.exchange.clientInput, minimum: Limits.bufferBytes) {
            case .bytes(let count): left -= count
            case .wouldBlock: if await waiter.wait(until: deadline) == .deadline { left = 0 }
            case .end, .failed: left = 0
            }
        }
        slot.exchange.clientInput.clear()
    }
}
