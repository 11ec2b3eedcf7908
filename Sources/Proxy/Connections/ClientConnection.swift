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
///
/// What may suspend takes the `ExchangeSlot`; what may not takes the exchange in it, `inout`.
final class ClientConnection {
    let socket: Descriptor
    let waiter: Waiter
    let worker: Worker
    let direction: Direction
    let peer: SocketAddress
    private var scanner: HeadScanner

    private init(_ socket: Descriptor, _ waiter: Waiter, _ peer: SocketAddress, _ direction: Direction, _ worker: Worker) {
        self.socket = socket
        self.waiter = waiter
        self.worker = worker
        self.direction = direction
        self.peer = peer
        scanner = HeadScanner(.request, limits: worker.settings.http)
    }

    /// Serves `accepted` until either side is done with it.
    static func serve(_ accepted: AcceptedConnection, _ direction: Direction, _ worker: Worker) async {
        let waiter = Waiter(loop: worker.loop)
        let socket: Descriptor
        do throws(SystemError) {
            socket = try Descriptor(number: accepted.number, loop: worker.loop, waiter: waiter)
        } catch {
            // epoll has no room for it: the same exhaustion that makes the listener pause.
            return
        }
        let connection = ClientConnection(socket, waiter, accepted.peer, direction, worker)
        worker.connectionOpened(direction, waiter)
        await connection.run()
        worker.connectionClosed(direction, waiter)
    }

    private func run() async {
        var isOpen = true
        while isOpen, await isReadableInTime() {
            let slot = worker.takeExchange()
            repeat {
                isOpen = await serveOne(slot)
            } while isOpen && !slot.exchange.clientInput.isEmpty
            worker.giveBack(slot)
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
    private func serveOne(_ slot: ExchangeSlot) async -> Bool {
        slot.exchange.reset()
        scanner.reset()
        var deadline: MonotonicTime?
        while true {
            switch readHead(&slot.exchange) {
            case .complete:
                return await run(slot)
            case .closed:
                return false
            case .refused(let reason):
                begin(&slot.exchange)
                return await refuse(slot, reason)
            case .incomplete:
                let limit = deadline ?? worker.loop.now.advanced(byNanoseconds: worker.settings.headNanoseconds)
                deadline = limit
                guard await waiter.wait(until: limit) == .deadline else { continue }
                if slot.exchange.clientInput.isEmpty { return false }
                begin(&slot.exchange)
                return await refuse(slot, .clientTimeout)
            }
        }
    }

    // MARK: The head

    private enum HeadResult { case complete, incomplete, closed, refused(FailureReason) }

    private func readHead(_ exchange: inout Exchange) -> HeadResult {
        while true {
            switch exchange.clientInput.isEmpty ? .needMore : scanner.scan(exchange.clientInput) {
            case .complete(let byteCount): return parse(&exchange, byteCount)
            case .failed(let error): return .refused(error.requestReason)
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
        let failure = exchange.request.parse(exchange.clientInput, byteCount, limits: worker.settings.http)
        exchange.clientInput.consume(byteCount)
        return failure.map { .refused($0.requestReason) } ?? .complete
    }

    // MARK: Refusing

    /// Answers with the proxy's own response for `reason` and closes, reading a little more so that the client sees
    /// the answer and not a reset.
    func refuse(_ slot: ExchangeSlot, _ reason: FailureReason) async -> Bool {
        queueRefusal(&slot.exchange, reason)
        let deadline = worker.loop.now.advanced(byNanoseconds: Limits.lingerNanosecondsMax)
        while !slot.exchange.clientOutput.isEmpty {
            switch socket.write(from: &slot.exchange.clientOutput) {
            case .bytes, .end: continue
            case .failed:
                finish(&slot.exchange)
                return false
            case .wouldBlock:
                if await waiter.wait(until: deadline) == .deadline { slot.exchange.clientOutput.clear() }
            }
        }
        finish(&slot.exchange)
        await linger(slot, until: deadline)
        return false
    }

    private func queueRefusal(_ exchange: inout Exchange, _ reason: FailureReason) {
        worker.bookUnrouted(&exchange, direction)
        exchange.record.reason = reason
        exchange.record.status = reason.status
        exchange.mustCloseClient = true
        worker.writeFailure(&exchange, reason)
    }

    private func linger(_ slot: ExchangeSlot, until deadline: MonotonicTime) async {
        socket.shutdownWriting()
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
