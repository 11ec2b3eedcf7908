import Bytes
import EventLoop

extension ClientConnection {
    /// Carries bytes both ways after an Upgrade or CONNECT, each direction closed on its own (conformance K12), until
    /// both are closed, one fails, or nothing has moved for too long.
    func tunnel(_ slot: ExchangeSlot) async {
        var outward = HalfTunnel()
        var inward = HalfTunnel()
        var rounds = 0
        for side in [socket, slot.exchange.upstream?.socket] { side?.keepAlive(worker.settings) }
        // A tunnel has no next request that a certificate's end could wait for.
        let end = min(socket.expires, slot.exchange.upstream?.socket.expires ?? socket.expires)
        while !(outward.isClosed && inward.isClosed), worker.loop.now < end {
            let hasMoved = carry(&slot.exchange, &outward, &inward)
            if outward.hasFailed || inward.hasFailed { break }
            if hasMoved {
                rounds += 1
                if rounds % Limits.pumpRoundsMax == 0 { await Task.yield() }
                continue
            }
            let limit =
                outward.isClosed || inward.isClosed
                ? Limits.tunnelHalfClosedNanosecondsMax : Limits.tunnelIdleNanosecondsMax
            let deadline = min(worker.loop.now.advanced(byNanoseconds: limit), end)
            if await waiter.wait(until: deadline) == .deadline { break }
        }
        worker.discardUpstream(&slot.exchange)
        slot.exchange.clientInput.clear()
        finish(&slot.exchange)
    }

    private func carry(_ exchange: inout Exchange, _ outward: inout HalfTunnel, _ inward: inout HalfTunnel) -> Bool {
        guard let upstream = exchange.upstream?.socket else { return false }
        let sent = outward.carry(
            from: socket, through: &exchange.clientInput, to: upstream, pending: &exchange.upstreamOutput,
            count: &exchange.record.requestBodyBytes)
        let received = inward.carry(
            from: upstream, through: &exchange.upstreamInput, to: socket, pending: &exchange.clientOutput,
            count: &exchange.record.responseBodyBytes)
        return sent || received
    }
}

/// One direction of a tunnel.
private struct HalfTunnel {
    private var sourceEnded = false
    private(set) var isClosed = false
    private(set) var hasFailed = false

    /// - Parameter pending: bytes to send before those of `buffer`, where there are any.
    /// - Returns: whether anything moved.
    mutating func carry(
        from source: Channel, through buffer: inout ByteBuffer, to sink: Channel,
        pending: inout ByteBuffer, count: inout UInt64
    ) -> Bool {
        var hasMoved = false
        if !pending.isEmpty {
            hasMoved = note(sink.write(from: &pending))
            guard pending.isEmpty else { return hasMoved }
        }
        return carry(from: source, through: &buffer, to: sink, count: &count) || hasMoved
    }

    private mutating func carry(
        from source: Channel, through buffer: inout ByteBuffer, to sink: Channel, count: inout UInt64
    ) -> Bool {
        var hasMoved = false
        if !sourceEnded, buffer.count < Limits.outputPendingBytesMax {
            let result = source.read(into: &buffer, minimum: Limits.bufferBytes / 4)
            if result == .end {
                sourceEnded = true
                hasMoved = true
            } else {
                hasMoved = note(result)
            }
        }
        if !buffer.isEmpty {
            let before = buffer.count
            if note(sink.write(from: &buffer)) { hasMoved = true }
            count += UInt64(before - buffer.count)
        }
        if sourceEnded, buffer.isEmpty, !isClosed {
            sink.shutdownWriting()
            isClosed = true
            hasMoved = true
        }
        return hasMoved
    }

    private mutating func note(_ result: IOResult) -> Bool {
        switch result {
        case .bytes: return true
        case .wouldBlock, .end: return false
        case .failed:
            hasFailed = true
            return false
        }
    }
}
