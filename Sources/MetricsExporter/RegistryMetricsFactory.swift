public import CoreMetrics
import Synchronization

/// A swift-metrics back end over a registry:
///
///     let registry = Registry()
///     MetricsSystem.bootstrap(RegistryMetricsFactory(registry))
///     // GET /metrics: let answer = registry.render(accept: …, acceptEncoding: …)
///
/// | swift-metrics | exposed as |
/// |---|---|
/// | `Counter("a.b")` | counter `a_b_total` |
/// | `Gauge`, `Meter` (`Recorder` without aggregation) | gauge `a_b` |
/// | `Recorder` | summary `a_b` (`_sum`, `_count`) |
/// | `Timer` | histogram `a_b_seconds` |
///
/// Dimensions become labels. One label used for two kinds whose names collide keeps the first: instruments of the
/// second count for nothing, and `refusedInstruments` tells how many there were.
public struct RegistryMetricsFactory: MetricsFactory {
    private struct Families {
        var counters: [String: CounterFamily] = [:]
        var gauges: [String: GaugeFamily] = [:]
        var summaries: [String: SummaryFamily] = [:]
        var histograms: [String: HistogramFamily] = [:]
        var refused = 0
    }

    private final class Storage: Sendable {
        let families = Mutex(Families())
    }

    private let registry: Registry
    private let storage = Storage()

    public init(_ registry: Registry) { self.registry = registry }

    /// Instruments that were made without a family to count in.
    public var refusedInstruments: Int { storage.families.withLock { $0.refused } }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let name = PrometheusName.metric(label, suffix: "_total")
        return CounterInstrument(
            family(\.counters, name) { [registry] () throws(RegistryError) in
                try registry.counter(Self.describe(.counter, name, label))
            }, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        GaugeInstrument(gaugeFamily(label), dimensions)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return GaugeInstrument(gaugeFamily(label), dimensions) }
        let name = PrometheusName.metric(label)
        return SummaryInstrument(
            family(\.summaries, name) { [registry] () throws(RegistryError) in
                try registry.summary(Self.describe(.summary, name, label))
            }, dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = PrometheusName.metric(label, suffix: "_seconds")
        return TimerInstrument(
            family(\.histograms, name) { [registry] () throws(RegistryError) in
                try registry.histogram(Self.describe(.histogram, name, label, unit: "seconds"))
            }, dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) { (handler as? CounterInstrument)?.binding.remove() }
    public func destroyMeter(_ handler: any MeterHandler) { (handler as? GaugeInstrument)?.binding.remove() }
    public func destroyTimer(_ handler: any TimerHandler) { (handler as? TimerInstrument)?.binding.remove() }

    public func destroyRecorder(_ handler: any RecorderHandler) {
        (handler as? GaugeInstrument)?.binding.remove()
        (handler as? SummaryInstrument)?.binding.remove()
    }

    private func gaugeFamily(_ label: String) -> GaugeFamily? {
        let name = PrometheusName.metric(label)
        return family(\.gauges, name) { [registry] () throws(RegistryError) in
            try registry.gauge(Self.describe(.gauge, name, label))
        }
    }

    /// The family of this name, registered by its first instrument; nil when the registry refuses it.
    private func family<Cell>(
        _ kind: WritableKeyPath<Families, [String: MetricFamily<Cell>]>, _ name: String,
        _ register: () throws(RegistryError) -> MetricFamily<Cell>
    ) -> MetricFamily<Cell>? {
        storage.families.withLock { families in
            if let known = families[keyPath: kind][name] { return known }
            do {
                let family = try register()
                families[keyPath: kind][name] = family
                return family
            } catch {
                families.refused += 1
                return nil
            }
        }
    }

    private static func describe(
        _ kind: MetricKind, _ name: String, _ label: String, unit: String = ""
    ) -> MetricDescription {
        MetricDescription(
            kind, name, help: "swift-metrics \(kind.rawValue) \(label)", unit: unit, labels: [], scale: .plain,
            hasOpenLabels: true)
    }
}
