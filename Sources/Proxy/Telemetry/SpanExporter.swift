import Configuration
import EventLoop
import HTTPTransport
import MetricsExporter
import Tracing

/// Carries finished spans from the workers to the collector, on the control loop.
final class SpanExporter: Sendable {
    init?(_ configuration: ProxyConfiguration, loop: EventLoop, registry: Registry) throws(RegistryError) { return nil }
    func start() {}
    func accept(_ batch: SpanBatch) {}
    func finish() async {}
}
