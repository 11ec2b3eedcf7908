import Bytes
import Configuration
import Discovery
import EventLoop
import HTTP
import HTTP2
import MetricsExporter
import Tracing

/// Everything that one loop owns on the data path. Nothing in it is shared; new settings arrive as a whole.
final class Worker {
    let loop: EventLoop
    private(set) var settings: WorkerSettings
    /// What requests are resolved against; replaced as a whole by a reload.
    private(set) var routing: WorkerRouting
    let clock: WallClock
    var ids = IDGenerator()
    /// The client connections that the process may have open.
    let budget: ConnectionBudget
    /// What this process has opened itself and must not carry again.
    let ownConnections: OwnConnections
    private let metrics: ProxyMetrics
    private var spans: SpanBuffer
    private let onSpans: @Sendable (SpanBatch) -> Void
    private var accessLog: AccessLogBuffer

    private var idleExchanges = Stack<ExchangeSlot>()
    /// The fewest that lay idle since the last sweep: so many were not needed.
    private var spareExchanges = 0
    private let inboundClients: ConnectionCells
    private let outboundClients: ConnectionCells
    private(set) var openConnections = 0
    /// Who this proxy is on the mesh; nil without an identity. A rotation replaces it, and what is open keeps the old one.
    private(set) var security: TransportSecurity?
    /// Who has called it by TLS.
    let clients = PeerTable()
    private let onHandshakeFailure: @Sendable (HandshakeFailure) -> Void
    /// How many more may be logged before the next sweep.
    private var handshakeFailuresToLog = Limits.handshakeFailuresLoggedPerSweep
    /// Handshakes under way. Clients that come all at once do not keep this proxy's own connections from being opened.
    let inboundHandshakes = HandshakeQueue()
    let outboundHandshakes = HandshakeQueue()
    /// The first bytes of a connection, while its protocol is told; never held across a suspension.
    var peeked = ByteBuffer(capacity: Limits.peekedBytes)
    /// Connections of HTTP/2 that are open, from clients and to upstreams.
    var http2Connections: Set<HTTP2Connection> = []
    /// What an HTTP/2 connection reads into; empty between two reads.
    var http2Input = ByteBuffer()
    /// The list that its events are told in; not in use between two tellings.
    var http2Events: [HTTP2Event] = []
    /// What connections share that are carried as they are.
    let tcp: TCPResources
    /// Requests that wait for a connection to an upstream now.
    var pendingConnects = 0
    private(set) var drainIdleDeadline = MonotonicTime(nanoseconds: .max)

    init(_ plan: WorkerThread.Plan, loop: EventLoop) {
        self.loop = loop
        budget = plan.budget
        ownConnections = plan.ownConnections
        metrics = plan.metrics
        tcp = TCPResources(plan.metrics.tcp, shard: loop.index)
        settings = WorkerSettings(plan.configuration)
        security = plan.security
        routing = WorkerRouting(plan.directory, settings: settings, metrics: metrics, loop: loop)
        clock = WallClock(loop: loop)
        spans = SpanBuffer(
            capacity: plan.configuration.tracing.queueSpans, batchSize: plan.configuration.tracing.batchSpans)
        onSpans = plan.onSpans
        onHandshakeFailure = plan.onHandshakeFailure
        accessLog = AccessLogBuffer(plan.configuration.accessLog.format, onFull: plan.onLog)
        inboundClients = ConnectionCells(metrics, shard: loop.index, .inbound, .client)
        outboundClients = ConnectionCells(metrics, shard: loop.index, .outbound, .client)
    }

    /// Takes over a new identity for the connections to come.
    func apply(_ security: TransportSecurity) {
        loop.preconditionInLoop()
        self.security?.retire()
        self.security = security
    }

    /// Counts a handshake, and hands on why it failed; a flood of failures is logged in part and counted whole.
    func handshakeEnded(_ direction: Direction, with address: SocketAddress, isResumed: Bool, failure: String?) {
        let result = failure ?? (isResumed ? "resumed" : "done")
        metrics.tlsHandshakes.cell(shard: loop.index, labels: [direction.rawValue, result]).add()
        guard let failure, handshakeFailuresToLog > 0 else { return }
        handshakeFailuresToLog -= 1
        onHandshakeFailure(HandshakeFailure(direction: direction, address: address, word: failure))
    }

    /// Takes over new settings and targets; exchanges that are under way finish with what they began with.
    func apply(_ configuration: ProxyConfiguration, _ directory: Directory) {
        loop.preconditionInLoop()
        settings = WorkerSettings(configuration)
        idleExchanges = Stack()
        routing = WorkerRouting(directory, settings: settings, metrics: metrics, loop: loop, previous: routing)
        for connection in http2Connections { connection.settingsChanged() }
    }

    // MARK: Exchanges

    func takeExchange() -> ExchangeSlot {
        guard let slot = idleExchanges.pop() else { return ExchangeSlot(settings) }
        spareExchanges = min(spareExchanges, idleExchanges.count)
        return slot
    }

    /// For what has come behind the request that `slot` was for.
    func nextExchange(behind slot: ExchangeSlot) -> ExchangeSlot {
        guard slot.settings !== settings else {
            slot.exchange.reset()
            return slot
        }
        let next = takeExchange()
        swap(&next.exchange.clientInput, &slot.exchange.clientInput)
        giveBack(slot)
        return next
    }

    func giveBack(_ slot: ExchangeSlot) {
        guard idleExchanges.count < Limits.pooledExchangesMax, slot.settings === settings else { return }
        slot.exchange.recycle()
        idleExchanges.push(slot)
    }

    func isBodyAllowed(_ byteCount: UInt64) -> Bool {
        settings.bodyBytesMax == 0 || byteCount <= settings.bodyBytesMax
    }

    /// Closes the books on an exchange: metrics, then span and log line where they are wanted.
    func close(_ exchange: inout Exchange, _ direction: Direction, _ peer: SocketAddress) {
        exchange.cells?.ended(exchange.record, clock: clock)
        recordSpan(&exchange, direction, peer)
        if settings.accessLog != .none {
            accessLog.append(exchange, direction, peer, at: clock.unixNanoseconds(exchange.record.started))
        }
    }

    /// The same for a connection that was carried as it is, whose metrics are counted as it goes.
    func close(_ line: TCPLogLine) {
        if settings.recordsSpans, settings.recordsTCPSpans { recordSpan(line) }
        if settings.accessLog != .none { accessLog.append(line) }
    }

    private func recordSpan(_ line: TCPLogLine) {
        let trace = TraceContext(continuing: .none, sampler: settings.sampler, ids: &ids)
        let verdict = settings.sampler.verdict(isSampled: trace.isSampled, hasFailed: line.hasFailed)
        guard verdict != .discard else { return }
        let span = SpanRecord(of: line, trace: trace, verdict: verdict)
        if case .batchReady = spans.append(span) { onSpans(spans.take()) }
    }

    private func recordSpan(_ exchange: inout Exchange, _ direction: Direction, _ peer: SocketAddress) {
        guard settings.recordsSpans, let trace = exchange.record.trace else { return }
        let hasFailed = exchange.record.classification == .failure
        let verdict = settings.sampler.verdict(isSampled: trace.isSampled, hasFailed: hasFailed)
        guard verdict != .discard else { return }
        let span = SpanRecord(
            of: exchange, trace: trace, verdict: verdict, direction: direction, peer: peer, clock: clock)
        if case .batchReady = spans.append(span) { onSpans(spans.take()) }
    }

    // MARK: Connections

    func http2Failed(_ failure: HTTP2Failure, _ direction: Direction, _ role: HTTP2Session.Role) {
        let peer = role == .server ? ConnectionCells.Peer.client : .upstream
        metrics.http2ConnectionErrors.cell(
            shard: loop.index, labels: [direction.rawValue, peer.rawValue, failure.word]
        ).add()
    }

    func http2Counted(_ what: StaticString, _ count: UInt64, _ direction: Direction, _ role: HTTP2Session.Role) {
        guard count > 0 else { return }
        let peer = role == .server ? ConnectionCells.Peer.client : .upstream
        metrics.http2StreamErrors.cell(
            shard: loop.index, labels: [direction.rawValue, peer.rawValue, what.description]
        ).add(count)
    }

    /// A client connection, for which the budget has been taken.
    func connectionOpened(_ direction: Direction, _ waiter: Waiter) {
        loop.join(waiter)
        openConnections += 1
        clientCells(direction).opened()
    }

    func connectionClosed(_ direction: Direction, _ waiter: Waiter) {
        loop.leave(waiter)
        waiter.invalidate()
        budget.giveBack()
        openConnections -= 1
        clientCells(direction).closed()
    }

    private func clientCells(_ direction: Direction) -> ConnectionCells {
        switch direction {
        case .inbound: inboundClients
        case .outbound: outboundClients
        }
    }

    /// Keeps the upstream connection for the next request when both sides left it clean, or closes it.
    func releaseUpstream(_ exchange: inout Exchange) {
        guard let upstream = exchange.upstream.take() else { return }
        if let stream = upstream.socket.stream { return stream.detach() }
        let isClean =
            exchange.response.keepAlive && exchange.requestBody.isComplete && exchange.upstreamInput.isEmpty
            && exchange.upstreamOutput.isEmpty && !exchange.upstreamRefusesBody
        if isClean, !loop.isDraining {
            upstream.pool.giveBack(upstream, now: loop.now)
        } else {
            upstream.pool.discard(upstream)
        }
    }

    func discardUpstream(_ exchange: inout Exchange) {
        guard let upstream = exchange.upstream.take() else { return }
        if let stream = upstream.socket.stream { return stream.detach() }
        upstream.pool.discard(upstream)
    }

    // MARK: Housekeeping

    /// Begins to drain: what is open finishes its request; idle connections get `grace` for a request that may be on
    /// its way.
    func drain(grace: Duration) {
        drainIdleDeadline = loop.now.advanced(by: grace)
        loop.drain()
    }

    /// Drops what is dead or idle for too long and hands over what has gathered; called once a second.
    func sweep() {
        handshakeFailuresToLog = Limits.handshakeFailuresLoggedPerSweep
        routing.sweep(now: loop.now)
        for connection in http2Connections { connection.tick() }
        tcp.sweep()
        releaseSpareExchanges()
        clock.synchronise()
        flush()
    }

    /// Gives back the buffers of exchanges that no request has needed for a whole sweep.
    private func releaseSpareExchanges() {
        let spare = min(spareExchanges, idleExchanges.count)
        if spare > 0 {
            var needed = idleExchanges
            for _ in 0..<spare { _ = needed.pop() }
            idleExchanges = needed
            Memory.giveBack()
        }
        spareExchanges = idleExchanges.count
    }

    func flush() {
        if !spans.isEmpty { onSpans(spans.take()) }
        accessLog.flush()
    }
}
