import Bytes
import EventLoop
import GRPC
import HTTP

/// The responses that the proxy makes itself, and ends that wait for the client to read them.
extension ClientConnection {
    /// Answers with the proxy's own response for `reason` and closes, reading a little more so that the client sees
    /// the answer and not a reset.
    func refuse(_ slot: ExchangeSlot, _ reason: FailureReason) {
        queueRefusal(&slot.exchange, reason)
        inTask { connection in
            let isSent = await connection.sendOwnResponse(slot)
            connection.finish(&slot.exchange)
            if isSent, !connection.socket.isStream { await connection.linger(slot) }
            connection.served(slot, mayGoOn: false)
        }
    }

    /// Answers in the place of the server: this proxy is the last recipient that TRACE or OPTIONS allows (RFC 9110
    /// §7.6.2, conformance L16).
    func answer(_ slot: ExchangeSlot) {
        if !slot.exchange.request.keepAlive || slot.exchange.request.framing.hasBody {
            slot.exchange.mustCloseClient = true
        }
        slot.exchange.record.status = 200
        worker.writeAnswer(&slot.exchange, to: socket.stream)
        inTask { connection in
            let isSent = await connection.sendOwnResponse(slot)
            let closes = slot.exchange.mustCloseClient
            connection.finish(&slot.exchange)
            if closes, isSent, !connection.socket.isStream { await connection.linger(slot) }
            connection.served(slot, mayGoOn: isSent && !closes)
        }
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

    /// Ends a connection after its last response. One whose request was answered before its end, or which has sent more,
    /// lingers: closing with unread bytes would be a reset, which can overtake the answer (RFC 9112 §9.6).
    func end(_ slot: ExchangeSlot) {
        let isSending =
            !slot.exchange.requestBody.isComplete || !slot.exchange.clientInput.isEmpty || socket.isReadable
        guard isSending, !socket.isStream else { return served(slot, mayGoOn: false) }
        inTask { connection in
            await connection.linger(slot)
            connection.served(slot, mayGoOn: false)
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
