import Synchronization

/// A cell for threads that have no shard of their own. Its lock makes each writer, in turn, the cell's only one; that
/// costs some 20 ns, so the data path keeps to the cells of its loop.
public final class Shared<Cell: MetricCell>: Sendable {
    private let cell: Mutex<Cell>

    init(_ cell: Cell) { self.cell = Mutex(cell) }

    public func withCell<Result: Sendable>(_ body: (Cell) -> Result) -> Result {
        cell.withLock { body($0) }
    }
}

extension Shared where Cell == CounterCell {
    public func add(_ amount: UInt64 = 1) { withCell { $0.add(amount) } }
}

extension Shared where Cell == GaugeCell {
    public func set(_ value: Double) { withCell { $0.set(value) } }
    public func add(_ amount: Double) { withCell { $0.add(amount) } }
}

extension Shared where Cell == HistogramCell {
    public func record(nanoseconds: UInt64) { withCell { $0.record(nanoseconds: nanoseconds) } }

    public func record(nanoseconds: UInt64, exemplar: Exemplar) {
        withCell { $0.record(nanoseconds: nanoseconds, exemplar: exemplar) }
    }
}

extension Shared where Cell == SummaryCell {
    public func record(_ value: Double) { withCell { $0.record(value) } }
}
