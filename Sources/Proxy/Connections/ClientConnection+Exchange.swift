import Bytes
import EventLoop
import GRPC
import HTTP
import HTTP2

extension ClientConnection {
    /// What becomes of a request next.
    enum NextStep {
        /// It has been sent by the connection that is attached.
        case relay
        /// The connection that is attached is what it asks for.
        case tunnel
        /// A connection to the endpoint must be opened.
        case open(EndpointPool)
        case answer
        case refuse(FailureReason)
    }

    /// Carries one request whose head has been parsed; `served` follows.
    func serve(_ slot: ExchangeSlot) { go(on: slot, start(&slot.exchange)) }

    func start(_ exchange: inout Exchange) -> NextStep {
        if let reason = prepare(&exchange) { return .refuse(reason) }
        return exchange.request.maxForwards == 0 ? .answer : connect(&exchange)
    }

    func go(on slot: ExchangeSlot, _ step: NextStep) {
        switch step {
        case .relay: relay(slot)
        case .tunnel: connectTunnel(slot)
        case .open(let pool): open(slot, pool)
        case .answer: answer(slot)
        case .refuse(let reason): refuse(slot, reason)
        }
    }

    /// Sends the request by the connection that has been attached.
    private func sendHead(_ exchange: inout Exchange) -> NextStep {
        if exchange.request.method == .connect, !exchange.request.isExtendedConnect { return .tunnel }
        if exchange.upstream?.socket.isStream != true { worker.writeRequest(&exchange, direction, from: socket) }
        exchange.phase = .awaitingResponse
        exchange.lastMoved = worker.loop.now
        return .relay
    }

    func relayEnded(_ slot: ExchangeSlot, _ end: RelayEnd) {
        switch end {
        case .complete:
            let (mayGoOn, hasMore) = complete(&slot.exchange)
            mayGoOn ? served(slot, mayGoOn: true, hasMore: hasMore) : self.end(slot)
        case .tunnel: startTunnel(slot)
        case .staleConnection:
            worker.discardUpstream(&slot.exchange)
            slot.exchange.prepareToRepeat()
            slot.exchange.mustCloseClient = worker.loop.isDraining
            go(on: slot, connect(&slot.exchange))
        case .failed(let reason):
            worker.discardUpstream(&slot.exchange)
            if slot.exchange.canRefuse, reason != .clientClosed { return refuse(slot, reason) }
            abandon(slot, reason)
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

    /// Picks an endpoint, and sends the request where it has a connection.
    private func connect(_ exchange: inout Exchange) -> NextStep {
        guard let pool = pickEndpoint(&exchange) else { return .refuse(.noEndpoint) }
        return takeConnection(&exchange, of: pool) ? sendHead(&exchange) : .open(pool)
    }

    private func open(_ slot: ExchangeSlot, _ pool: EndpointPool) {
        inTask { connection in
            switch await connection.openConnection(slot, pool) {
            case nil: connection.go(on: slot, connection.sendHead(&slot.exchange))
            case .clientClosed?: connection.abandon(slot, .clientClosed)
            case let reason?: connection.refuse(slot, reason)
            }
        }
    }

    private func pickEndpoint(_ exchange: inout Exchange) -> EndpointPool? {
        guard let pool = exchange.target?.pickEndpoint() else { return nil }
        exchange.record.attempts += 1
        exchange.record.endpoint = pool.address
        return pool
    }

    /// - Returns: whether the endpoint has a stream or a connection now, which is attached then.
    private func takeConnection(_ exchange: inout Exchange, of pool: EndpointPool) -> Bool {
        if carriesStreams(&exchange, to: pool) { return takeStream(&exchange, of: pool) }
        guard !exchange.needsNewConnection, let connection = pool.takeIdle() else { return false }
        attach(connection, to: &exchange)
        return true
    }

    /// Connects to the endpoint; a refused or timed-out attempt moves on to another, since nothing has been sent yet.
    /// - Returns: nil, or why there is no connection.
    private func openConnection(_ slot: ExchangeSlot, _ first: EndpointPool) async -> FailureReason? {
        guard let target = slot.exchange.target else { return .internal }
        var next: EndpointPool? = first
        var failure = FailureReason.noEndpoint
        for _ in 0..<Limits.connectAttemptsMax {
            guard let pool = next else { return failure }
            guard let reason = await connect(slot, to: pool) else { return nil }
            if reason == .clientClosed || reason == .requestTimeout || reason == .headTooLarge { return reason }
            failure = reason
            if reason != .overload { target.connectFailed(pool, reason) }
            if target.endpointCount == 1 { return failure }
            next = pickEndpoint(&slot.exchange)
        }
        return failure
    }

    /// Gets a stream or a connection of this endpoint. - Returns: nil, or why there is none.
    private func connect(_ slot: ExchangeSlot, to pool: EndpointPool) async -> FailureReason? {
        if carriesStreams(&slot.exchange, to: pool) {
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
        let end = requestEnd(of: &slot.exchange)
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

    func attach(_ connection: consuming UpstreamConnection, to exchange: inout Exchange) {
        connection.socket.waiter = waiter
        if direction == .outbound { exchange.record.peerID = connection.pool.peer }
        exchange.upstream = connection
    }

    private func connectTunnel(_ slot: ExchangeSlot) {
        slot.exchange.record.status = 200
        slot.exchange.record.responded = .now()
        slot.exchange.phase = .tunnel
        worker.writeConnected(&slot.exchange)
        startTunnel(slot)
    }

    private func startTunnel(_ slot: ExchangeSlot) {
        inTask { connection in
            await connection.tunnel(slot)
            connection.served(slot, mayGoOn: false)
        }
    }

    // MARK: Ending

    private func complete(_ exchange: inout Exchange) -> (mayGoOn: Bool, hasMore: Bool) {
        if exchange.isGRPC { noteOutcome(&exchange) }
        worker.releaseUpstream(&exchange)
        finish(&exchange)
        return (!exchange.mustCloseClient && exchange.requestBody.isComplete, !exchange.clientInput.isEmpty)
    }

    /// The client has part of a response, or is gone: all that is left is to close, so that it cannot take the part
    /// for the whole. Where only the close would end the response, the close must be a reset.
    private func abandon(_ slot: ExchangeSlot, _ reason: FailureReason) {
        abandon(&slot.exchange, reason)
        served(slot, mayGoOn: false)
    }

    private func abandon(_ exchange: inout Exchange, _ reason: FailureReason) {
        exchange.record.reason = reason
        if exchange.isGRPC { exchange.record.grpcStatus = GRPCStatus(reason) }
        if reason == .clientClosed { exchange.record.status = reason.status }
        if let stream = socket.stream {
            stream.reset(HTTP2ErrorCode(ending: reason))
        } else if exchange.response.framing(forClientMinor: exchange.request.versionMinor) == .untilClose {
            socket.resetOnClose()
        }
        finish(&exchange)
    }

    func finish(_ exchange: inout Exchange) {
        exchange.record.ended = .now()
        exchange.record.requestBodyBytes += exchange.requestBody.byteCount
        exchange.record.responseBodyBytes += exchange.responseBody.byteCount
        worker.close(&exchange, direction, peer)
    }
}
