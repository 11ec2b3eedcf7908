import Bytes
import EventLoop
import GRPC
import HTTP
import HTTP2

extension ClientConnection {
    /// Carries one request whose head has been parsed. - Returns: whether the connection can carry another.
    func run(_ slot: ExchangeSlot) async -> Bool {
        if let reason = prepare(&slot.exchange) { return await refuse(slot, reason) }
        if slot.exchange.request.maxForwards == 0 { return await answer(slot) }
        while true {
            if let reason = await connectUpstream(slot) {
                return reason == .clientClosed ? abandon(&slot.exchange, reason) : await refuse(slot, reason)
            }
            if slot.exchange.request.method == .connect, !slot.exchange.request.isExtendedConnect {
                return await connectTunnel(slot)
            }
            if slot.exchange.upstream?.socket.stream == nil {
                worker.writeRequest(&slot.exchange, direction, from: socket)
            }
            slot.exchange.phase = .awaitingResponse
            switch await relay(slot) {
            case .complete:
                if complete(&slot.exchange) { return true }
                if socket.stream == nil { await lingerIfSending(slot) }
                return false
            case .tunnel:
                await tunnel(slot)
                return false
            case .staleConnection:
                worker.discardUpstream(&slot.exchange)
                slot.exchange.prepareToRepeat()
                slot.exchange.mustCloseClient = worker.loop.isDraining
            case .failed(let reason):
                worker.discardUpstream(&slot.exchange)
                if !slot.exchange.canRefuse || reason == .clientClosed { return abandon(&slot.exchange, reason) }
                return await refuse(slot, reason)
            }
        }
    }

    func begin(_ exchange: inout Exchange) {
        exchange.record.started = worker.loop.now
        exchange.client = clientNumber
        exchange.mustCloseClient = worker.loop.isDraining || socket.hasExpired(at: worker.loop.now)
    }

    private func prepare(_ exchange: inout Exchange) -> FailureReason? {
        begin(&exchange)
        exchange.record.peerID = direction == .inbound ? socket.peer : nil
        worker.startTrace(&exchange)
        if exchange.request.versionMajor == 2 { noteCall(&exchange) }
        if direction == .inbound, worker.settings.requiresTLS, !socket.isSecure { return .tlsRequired }
        return worker.resolve(&exchange, direction, meantFor: original)
    }

    // MARK: The upstream

    /// Takes an idle connection of the picked endpoint or opens one; a refused or timed-out attempt moves on to
    /// another endpoint, since nothing has been sent yet.
    private func connectUpstream(_ slot: ExchangeSlot) async -> FailureReason? {
        guard let target = slot.exchange.target else { return .internal }
        var failure = FailureReason.noEndpoint
        for _ in 0..<Limits.connectAttemptsMax {
            guard let pool = target.pickEndpoint() else { return failure }
            slot.exchange.record.attempts += 1
            slot.exchange.record.endpoint = pool.address
            guard let reason = await connect(slot, to: pool) else { return nil }
            if reason == .clientClosed || reason == .requestTimeout { return reason }
            failure = reason
            if reason != .overload { target.connectFailed(pool, reason) }
            if target.endpointCount == 1 { return failure }
        }
        return failure
    }

    /// Gets a stream or a connection of this endpoint. - Returns: nil, or why there is none.
    private func connect(_ slot: ExchangeSlot, to pool: EndpointPool) async -> FailureReason? {
        if carriesStreams(slot.exchange, to: pool) {
            switch await openStream(slot, pool) {
            case .opened: return nil
            case .failed(let reason): return reason
            case .notSpoken: break
            }
        }
        if !slot.exchange.needsNewConnection, let connection = pool.takeIdle() {
            attach(connection, to: &slot.exchange)
            return nil
        }
        guard worker.pendingConnects < worker.settings.pendingMax, !pool.isFull else { return .overload }
        let end = requestEnd(of: slot.exchange)
        let (channel, failure) = await openChannel(pool, forStreams: false, before: end)
        if let channel { attach(pool.opened(channel), to: &slot.exchange) }
        return failure
    }

    /// Opens a connection, with TLS where the endpoint is of the mesh. - Returns: it, or why there is none.
    func openChannel(
        _ pool: EndpointPool, forStreams: Bool, before end: MonotonicTime
    ) async -> (Channel?, FailureReason?) {
        switch await connect(pool, before: end) {
        case .connected(let descriptor):
            let channel = Channel(descriptor)
            if let refused = await secure(channel, pool, forStreams: forStreams) { return (nil, refused) }
            return (channel, nil)
        case .timedOut: return (nil, worker.loop.now >= end ? .requestTimeout : .connectTimeout)
        case .failed where socket.isHungUp: return (nil, .clientClosed)
        case .failed(let code): return (nil, FailureReason(connecting: code))
        }
    }

    private func connect(_ pool: EndpointPool, before end: MonotonicTime) async -> Descriptor.ConnectResult {
        worker.pendingConnects += 1
        pool.openingBegan()
        defer {
            worker.pendingConnects -= 1
            pool.openingEnded()
        }
        let deadline = worker.loop.now.advanced(byNanoseconds: worker.settings.connectNanoseconds)
        return await Descriptor.connect(
            to: pool.address, loop: worker.loop, waiter: waiter, deadline: min(deadline, end),
            isAbandoned: { socket.isHungUp })
    }

    func attach(_ connection: UpstreamConnection, to exchange: inout Exchange) {
        connection.socket.waiter = waiter
        exchange.upstream = connection
        if direction == .outbound { exchange.record.peerID = connection.pool.peer }
    }

    private func connectTunnel(_ slot: ExchangeSlot) async -> Bool {
        slot.exchange.record.status = 200
        slot.exchange.record.responded = .now()
        slot.exchange.phase = .tunnel
        worker.writeConnected(&slot.exchange)
        await tunnel(slot)
        return false
    }

    // MARK: Ending

    private func complete(_ exchange: inout Exchange) -> Bool {
        if exchange.isGRPC { noteOutcome(&exchange) }
        worker.releaseUpstream(&exchange)
        finish(&exchange)
        return !exchange.mustCloseClient && exchange.requestBody.isComplete
    }

    /// The client has part of a response, or is gone: all that is left is to close, so that it cannot take the part
    /// for the whole. Where only the close would end the response, the close must be a reset.
    private func abandon(_ exchange: inout Exchange, _ reason: FailureReason) -> Bool {
        exchange.record.reason = reason
        if exchange.isGRPC { exchange.record.grpcStatus = GRPCStatus(reason) }
        if reason == .clientClosed { exchange.record.status = reason.status }
        if let stream = socket.stream {
            stream.reset(HTTP2ErrorCode(ending: reason))
        } else if exchange.response.framing(forClientMinor: exchange.request.versionMinor) == .untilClose {
            socket.resetOnClose()
        }
        finish(&exchange)
        return false
    }

    func finish(_ exchange: inout Exchange) {
        exchange.record.ended = .now()
        exchange.record.requestBodyBytes += exchange.requestBody.byteCount
        exchange.record.responseBodyBytes += exchange.responseBody.byteCount
        worker.close(&exchange, direction, peer)
    }
}
