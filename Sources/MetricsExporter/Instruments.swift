import CoreMetrics

/// The series behind one swift-metrics instrument: a shared cell, since its callers run on any thread.
struct InstrumentBinding<Cell: MetricCell>: Sendable {
    private let family: MetricFamily<Cell>?
    private let labels: LabelSet
    let cell: Shared<Cell>

    /// - Parameter family: nil for an instrument that the registry refused; it counts where no one looks.
    init(_ family: MetricFamily<Cell>?, _ dimensions: [(String, String)]) {
        self.family = family
        labels = PrometheusName.labels(dimensions)
        cell = family?.shared(labels) ?? Shared(Cell())
    }

    func remove() { family?.remove(labels) }
}

/// A negative increment changes nothing.
final class CounterInstrument: CounterHandler {
    let binding: InstrumentBinding<CounterCell>

    init(_ family: CounterFamily?, _ dimensions: [(String, String)]) {
        binding = InstrumentBinding(family, dimensions)
    }

    func increment(by amount: Int64) {
        if let amount = UInt64(exactly: amount) { binding.cell.add(amount) }
    }

    func reset() { binding.cell.withCell { $0.reset() } }
}

final class GaugeInstrument: MeterHandler, RecorderHandler {
    let binding: InstrumentBinding<GaugeCell>

    init(_ family: GaugeFamily?, _ dimensions: [(String, String)]) {
        binding = InstrumentBinding(family, dimensions)
    }

    func set(_ value: Int64) { binding.cell.set(Double(value)) }
    func set(_ value: Double) { binding.cell.set(value) }
    func increment(by amount: Double) { binding.cell.add(amount) }
    func decrement(by amount: Double) { binding.cell.add(-amount) }
    func record(_ value: Int64) { binding.cell.set(Double(value)) }
    func record(_ value: Double) { binding.cell.set(value) }
}

final class SummaryInstrument: RecorderHandler {
    let binding: InstrumentBinding<SummaryCell>

    init(_ family: SummaryFamily?, _ dimensions: [(String, String)]) {
        binding = InstrumentBinding(family, dimensions)
    }

    func record(_ value: Int64) { binding.cell.record(Double(value)) }
    func record(_ value: Double) { binding.cell.record(value) }
}

/// A negative duration changes nothing.
final class TimerInstrument: TimerHandler {
    let binding: InstrumentBinding<HistogramCell>

    init(_ family: HistogramFamily?, _ dimensions: [(String, String)]) {
        binding = InstrumentBinding(family, dimensions)
    }

    func recordNanoseconds(_ duration: Int64) {
        if let duration = UInt64(exactly: duration) { binding.cell.record(nanoseconds: duration) }
    }
}
