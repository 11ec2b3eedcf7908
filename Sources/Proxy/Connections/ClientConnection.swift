import Bytes
import EventLoop
import HTTP

/// One client connection: one task, from accept to close. It never leaves its loop.
///
/// ```
/// idle ──first byte──▶ head ──▶ exchange ──▶ idle …          (ClientConnection+Exchange)
///   │ timeout, EOF       │ malformed            │ close, failure
///   ▼                    ▼                      ▼
/// closed            refused, lingering        closed
/// ```
final class ClientConnection {
    let socket: Descriptor
    let waiter: Waiter
    let worker: Worker
    let direction: Direction
    let peer: SocketAddress
    var scanner: HeadScanner

    private init(_ socket: Descriptor, _ accepted: AcceptedConnection, _ direction: Direction, _ worker: Worker) {
        self.socket = socket
        self.waiter = socket.waiter!
        self.worker = worker
        self.direction = direction
        peer = accepted.peer
        scanner = HeadScanner(.request, limits: worker.settings.http)
    }

    /// Serves `accepted` until either side is done with it.
    static func serve(_ accepted: AcceptedConnection, _ direction: Direction, _ worker: Worker) async {
        let waiter = Waiter(loop: worker.loop)
        guard let socket = try? Descriptor(number: accepted.number, loop: worker.loop, waiter: waiter) else { return }
        let connection = ClientConnection(socket, accepted, direction, worker)
        worker.connectionOpened(direction, waiter)
        await connection.run()
        worker.connectionClosed(direction, waiter)
    }

    private func run() async {
        var isOpen = true
        while isOpen, await isReadableInTime() {
            let exchange = worker.takeExchange()
            repeat {
                isOpen = await serveOne(exchange)
            } while isOpen && !exchange.clientInput.isEmpty
            worker.giveBack(exchange)
        }
    }

    /// Waits, holding no buffer, for the first byte of the next request. While draining, a connection that has been
    /// served gets a moment for the request that may already be on its way, and is then closed.
    private func isReadableInTime() async -> Bool {
        var deadline = worker.loop.now.advanced(byNanoseconds: worker.settings.idleNanoseconds)
        while !socket.isReadable {
            if worker.loop.isDraining {
                deadline = min(deadline, worker.drainIdleDeadline)
            }
            if await waiter.wait(until: deadline) == .deadline { return false }
        }
        return true
    }

    /// - Returns: whether the connection can carry another request.
    private func serveOne(_ exchange: Exchange) async -> Bool {
        exchange.reset()
        switch await readHead(exchange) {
        case .complete:
            return await run(exchange)
        case .closed:
            return false
        case .refused(let reason):
            begin(exchange)
            return await refuse(exchange, reason)
        }
    }

    // MARK: The head

    private enum HeadResult { case complete, closed, refused(FailureReason) }

    private func readHead(_ exchange: Exchange) async -> HeadResult {
        scanner.reset()
        var deadline: MonotonicTime?
        while true {
            switch exchange.clientInput.isEmpty ? .needMore : scanner.scan(exchange.clientInput.bytes) {
            case .complete(let byteCount):
                return parse(exchange, byteCount)
            case .failed(let error):
                return .refused(error.requestReason)
            case .needMore:
                break
            }
            switch socket.read(into: &exchange.clientInput, minimum: Limits.bufferBytes / 4) {
            case .bytes:
                continue
            case .end, .failed:
                return .closed
            case .wouldBlock:
                let limit =
                    deadline ?? worker.loop.now.advanced(byNanoseconds: worker.settings.headNanoseconds)
                deadline = limit
                if await waiter.wait(until: limit) == .deadline {
                    return exchange.clientInput.isEmpty ? .closed : .refused(.clientTimeout)
                }
            }
        }
    }

    private func parse(_ exchange: Exchange, _ byteCount: Int) -> HeadResult {
        let failure = exchange.request.parse(
            exchange.clientInput.bytes.extracting(0..<byteCount), limits: worker.settings.http)
        exchange.clientInput.consume(byteCount)
        return failure.map { .refused($0.requestReason) } ?? .complete
    }

    // MARK: Refusing

    /// Answers with the proxy's own response for `reason` and closes, reading a little more so that the client sees
    /// the answer and not a reset.
    func refuse(_ exchange: Exchange, _ reason: FailureReason) async -> Bool {
        worker.bookUnrouted(exchange, direction)
        exchange.record.reason = reason
        exchange.record.status = reason.status
        exchange.mustCloseClient = true
        worker.writeFailure(exchange, reason)
        let deadline = worker.loop.now.advanced(byNanoseconds: Limits.lingerNanosecondsMax)
        while !exchange.clientOutput.isEmpty {
            switch socket.write(from: &exchange.clientOutput) {
            case .bytes, .end: continue
            case .failed:
                finish(exchange)
                return false
            case .wouldBlock:
                if await waiter.wait(until: deadline) == .deadline { exchange.clientOutput.clear() }
            }
        }
        finish(exchange)
        await linger(exchange, until: deadline)
        return false
    }

    private func linger(_ exchange: Exchange, until deadline: MonotonicTime) async {
        socket.shutdownWriting()
        var left = Limits.lingerBytesMax
        while left > 0 {
            exchange.clientInput.clear()
            switch socket.read(into: &exchange.clientInput, minimum: Limits.bufferBytes) {
            case .bytes(let count): left -= count
            case .wouldBlock: if await waiter.wait(until: deadline) == .deadline { left = 0 }
            case .end, .failed: left = 0
            }
        }
        exchange.clientInput.clear()
    }
}
