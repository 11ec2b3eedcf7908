import Bytes
import Configuration
import EventLoop
import GRPC
import Glibc
import HTTP
import HTTPTransport
import MetricsExporter
import Synchronization
import Tracing

/// Carries finished spans from the workers to the collector, on the control loop: `ExportPolicy` decides, this sends.
///
/// Workers hand whole batches over through the loop's mailbox; a batch that finds it full is dropped and counted.
final class SpanExporter: Sendable {
    private let loop: EventLoop
    private let state: LoopBound<SpanExportState>
    private let counters: SpanExportMetrics

    /// - Returns: nil when no collector is configured.
    /// - Throws: when the collector's name has no address.
    static func ifWanted(
        _ configuration: ProxyConfiguration, loop: EventLoop, registry: Registry
    ) throws -> SpanExporter? {
        guard let collector = configuration.tracing.collector else { return nil }
        guard let url = HTTPURL("http://\(collector.address)\(collector.path)"), let address = url.resolve() else {
            throw StartupError("tracing.collector: \(collector.address.host) has no address; check the name")
        }
        let sender: any SpanSender =
            switch configuration.tracing.effectiveProtocol {
            case .httpProtobuf: HTTPSpanSender(url, at: address, loop: loop)
            case .grpc: GRPCSpanSender(authority: url.authority, at: address, loop: loop)
            }
        return try SpanExporter(configuration, sender: sender, loop: loop, registry: registry)
    }

    private init(
        _ configuration: ProxyConfiguration, sender: any SpanSender, loop: EventLoop, registry: Registry
    ) throws(RegistryError) {
        self.loop = loop
        counters = SpanExportMetrics()
        var settings = ExportConfiguration()
        settings.batchSpans = configuration.tracing.batchSpans
        settings.queueSpans = configuration.tracing.queueSpans
        settings.batchDelayNanoseconds = Limits.exportDelayNanoseconds
        let resource = TelemetryResource(
            serviceName: configuration.name, serviceInstanceID: Self.instanceID(configuration),
            serviceVersion: Version.current)
        state = LoopBound(
            SpanExportState(
                ExportPolicy(resource: resource, configuration: settings), sender: sender, loop: loop,
                counters: counters), loop: loop)
        try counters.register(in: registry, capacity: settings.queueSpans)
    }

    /// Unique among the instances of a service on all machines, readable to an operator.
    private static func instanceID(_ configuration: ProxyConfiguration) -> String {
        var name = [CChar](repeating: 0, count: 256)
        let isKnown = unsafe gethostname(&name, name.count - 1) == 0
        let host = isKnown ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        return "\(configuration.name)-\(host)-\(getpid())"
    }

    /// Begins to export; on the control loop.
    func start() { loop.spawn { [state] in await state.value.run() } }

    /// Takes a batch over; may be called from any thread.
    func accept(_ batch: SpanBatch) {
        let isAccepted = loop.submit { [state] in state.value.accept(batch) }
        if !isAccepted { counters.countLost(batch.recordedCount) }
    }

    /// Sends what is queued, for at most `Limits.exportFlush`; on the control loop.
    func finish() async { await state.value.finish() }
}

/// The exporter's loop-owned half.
private final class SpanExportState {
    private var policy: ExportPolicy
    private let sender: any SpanSender
    private let loop: EventLoop
    private let waiter: Waiter
    private let counters: SpanExportMetrics
    private var isFinished = false

    init(
        _ policy: consuming ExportPolicy, sender: any SpanSender, loop: EventLoop, counters: SpanExportMetrics
    ) {
        self.policy = policy
        self.sender = sender
        self.loop = loop
        self.counters = counters
        waiter = Waiter(loop: loop)
    }

    func accept(_ batch: SpanBatch) {
        policy.spansArrived(batch, at: .now())
        publish()
        waiter.wake()
    }

    func run() async {
        while true {
            switch policy.nextAction(at: .now()) {
            case .send(let attempt, let deadline):
                await send(attempt, MonotonicTime(nanoseconds: deadline))
            case .abort:
                // The sender's own deadline is the attempt's, so its connection is gone already.
                sender.closeIdle()
            case .wait(let until):
                _ = await waiter.wait(until: until.map { MonotonicTime(nanoseconds: $0) })
            case .finished:
                isFinished = true
                publish()
                return
            }
            publish()
        }
    }

    private func send(_ attempt: UInt64, _ deadline: MonotonicTime) async {
        switch await sender.send(policy.body, deadline: deadline) {
        case .response(let response):
            policy.responseReceived(
                attempt: attempt, status: response.status,
                retryAfter: Array((response.fields["retry-after"] ?? "").utf8),
                body: response.body, at: .now())
        case .call(let result): policy.callEnded(attempt: attempt, result, at: .now())
        case .noAnswer: policy.connectionFailed(attempt: attempt, at: .now())
        }
    }

    func finish() async {
        let deadline = loop.now.advanced(by: Limits.exportFlush)
        policy.shutDown(deadlineMonotonicNanoseconds: deadline.nanoseconds)
        waiter.wake()
        while !isFinished, loop.now < deadline.advanced(by: Limits.drainPollInterval) {
            await loop.sleep(for: Limits.drainPollInterval)
        }
    }

    private func publish() { counters.publish(policy.counters, queued: policy.queuedCount) }
}

extension ExportPolicy {
    fileprivate mutating func responseReceived(
        attempt: UInt64, status: Int, retryAfter: [UInt8], body: [UInt8], at now: TracingTime
    ) {
        responseReceived(
            attempt: attempt, status: status, retryAfter: retryAfter.rawBytes, body: body.rawBytes, at: now)
    }

    fileprivate mutating func callEnded(attempt: UInt64, _ result: SpanCallResult, at now: TracingTime) {
        callEnded(
            attempt: attempt, code: Int(result.status.rawValue), retryDelayNanoseconds: result.retryDelayNanoseconds,
            message: result.message, body: result.payload.rawBytes, at: now)
    }
}

extension TracingTime {
    fileprivate static func now() -> TracingTime {
        var wall = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &wall)
        return TracingTime(
            monotonicNanoseconds: MonotonicTime.now().nanoseconds,
            unixNanoseconds: UInt64(wall.tv_sec) &* 1_000_000_000 &+ UInt64(wall.tv_nsec))
    }
}
