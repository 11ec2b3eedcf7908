import Configuration
import Discovery
import EventLoop
import MetricsExporter
import Synchronization
import Tracing

/// A worker, its loop and its thread, as the rest of the process sees them: everything goes through the loop's mailbox.
final class WorkerThread: Sendable {
    let loop: EventLoop
    private let thread: EventLoopThread
    private let worker = Mutex<LoopBound<Worker>?>(nil)
    /// Client connections that are open; published by the worker once a second and while it drains.
    let openConnections = Atomic<Int>(0)
    private let drained = Atomic<Bool>(false)
    /// Draining has begun and the last client connection is gone.
    var isDrained: Bool { drained.load(ordering: .relaxed) }

    /// What a worker is made from.
    struct Plan: Sendable {
        let configuration: ProxyConfiguration
        let directory: Directory
        let security: TransportSecurity?
        let metrics: ProxyMetrics
        let pauses: Listener.Pauses
        let budget: ConnectionBudget
        let ownConnections: OwnConnections
        let onSpans: @Sendable (SpanBatch) -> Void
        let onLog: @Sendable (AccessLogChunk) -> Void
        let onHandshakeFailure: @Sendable (HandshakeFailure) -> Void
    }

    init(index: Int) throws(SystemError) {
        loop = try EventLoop(index: index)
        thread = try EventLoopThread(running: loop)
    }

    /// Builds the worker on its loop and begins to accept.
    /// - Throws: `SystemError` when a port cannot be bound.
    func start(_ plan: Plan) async throws {
        try await Task(executorPreference: loop) { [loop] in
            let worker = Worker(plan, loop: loop)
            let listeners = try WorkerListeners(plan, worker: worker)
            let bound = LoopBound(worker, loop: loop)
            self.worker.withLock { $0 = bound }
            listeners.run()
            loop.spawn { await self.housekeeping(bound) }
        }.value
    }

    /// - Returns: false when the loop's mailbox is full.
    func apply(_ configuration: ProxyConfiguration, _ directory: Directory) -> Bool {
        guard let bound = worker.withLock({ $0 }) else { return false }
        return loop.submit { bound.value.apply(configuration, directory) }
    }

    /// - Returns: false when the loop's mailbox is full.
    func apply(_ security: TransportSecurity) -> Bool {
        guard let bound = worker.withLock({ $0 }) else { return false }
        return loop.submit { bound.value.apply(security) }
    }

    func drain(grace: Duration) {
        guard let bound = worker.withLock({ $0 }) else { return }
        loop.submit { bound.value.drain(grace: grace) }
    }

    func stopAndJoin() {
        guard let bound = worker.withLock({ $0 }) else { return }
        loop.submit { bound.value.flush() }
        loop.stop()
        thread.join()
    }

    private func housekeeping(_ bound: LoopBound<Worker>) async {
        let waiter = Waiter(loop: loop)
        loop.join(waiter)
        while true {
            let interval = loop.isDraining ? Limits.drainPollInterval : Limits.sweepInterval
            _ = await waiter.wait(until: loop.now.advanced(by: interval))
            let worker = bound.value
            worker.sweep()
            openConnections.store(worker.openConnections, ordering: .relaxed)
            if loop.isDraining, worker.openConnections == 0 { drained.store(true, ordering: .relaxed) }
        }
    }
}

/// The listeners of one worker; each shares its port with those of the other workers.
private struct WorkerListeners {
    private let worker: Worker
    private var listeners: [(Listener, Use)] = []

    /// What becomes of an accepted connection.
    private enum Use {
        case requests(Direction)
        /// It goes to a target as it is.
        case bytes(to: String)
    }

    init(_ plan: WorkerThread.Plan, worker: Worker) throws(SystemError) {
        self.worker = worker
        if let inbound = plan.configuration.inbound { try bind(inbound.listen, .requests(.inbound), plan) }
        guard let outbound = plan.configuration.outbound else { return }
        try bind(outbound.listen, .requests(.outbound), plan)
        for listener in outbound.tcp { try bind(listener.listen, .bytes(to: listener.target), plan) }
    }

    private mutating func bind(
        _ address: HostPort, _ use: Use, _ plan: WorkerThread.Plan
    ) throws(SystemError) {
        guard let address = SocketAddress(address.description) else {
            throw SystemError("listen on \(address)", code: 22)
        }
        listeners.append((try Listener(binding: address, loop: worker.loop, pauses: plan.pauses), use))
        guard case .requests = use, plan.configuration.transparent, let companion = address.companionOfIPv6 else {
            return
        }
        do throws(SystemError) {
            let listener = try Listener(
                binding: companion, loop: worker.loop, isIPv6Only: true, pauses: plan.pauses)
            listeners.append((listener, use))
        } catch {
            // A machine without IPv6 sends no connection this way.
            guard error.isWithoutAddressFamily else { throw error }
        }
    }

    func run() {
        let loop = worker.loop
        let bound = LoopBound(worker, loop: loop)
        for (listener, use) in listeners {
            let listener = LoopBound(listener, loop: loop)
            loop.spawn {
                await listener.value.run { connection in
                    guard bound.value.budget.take() else {
                        return Descriptor.discard(unregistered: connection.number)
                    }
                    switch use {
                    case .requests(let direction): ClientConnection.serve(connection, direction, bound.value)
                    case .bytes(let target): OpaqueConnection.serve(connection, to: target, bound.value)
                    }
                }
            }
        }
    }
}
