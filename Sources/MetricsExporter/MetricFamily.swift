import Synchronization

public typealias CounterFamily = MetricFamily<CounterCell>
public typealias GaugeFamily = MetricFamily<GaugeCell>
public typealias HistogramFamily = MetricFamily<HistogramCell>
public typealias SummaryFamily = MetricFamily<SummaryCell>

/// All series of one name. Looking a cell up takes a lock and hashes the label values: do it when a connection or a
/// route begins, and keep the cell.
///
/// A series stays until `remove`, however idle: a counter that disappears and returns looks like a restart. When the
/// series budget is used up, further label sets share one series whose label values all are `overflow`.
public final class MetricFamily<Cell: MetricCell>: Sendable {
    private struct State {
        var positions: [LabelSet: Int] = [:]
        var series: [Series<Cell>] = []
    }

    public let description: MetricDescription
    private let seriesBudget: Int
    /// Counts the look-ups that ended in the overflow series.
    private let folded: Shared<CounterCell>?
    private let state = Mutex(State())

    init(_ description: MetricDescription, seriesBudget: Int, folded: Shared<CounterCell>?) {
        self.description = description
        self.seriesBudget = seriesBudget
        self.folded = folded
        // A metric without labels is always there, at zero.
        if description.labels.isEmpty && !description.hasOpenLabels { create() }
    }

    /// The cell in which loop number `shard` counts for these label values; only that loop may write to it.
    @specialized(where Cell == CounterCell)
    @specialized(where Cell == GaugeCell)
    @specialized(where Cell == HistogramCell)
    public func cell(shard: Int, labels values: [String] = []) -> Cell {
        precondition(shard >= 0, "shards are numbered from 0")
        return cell(shard: shard, labelSet(values))
    }

    /// A cell that any thread may write to, at the price of a lock.
    public func shared(labels values: [String] = []) -> Shared<Cell> { shared(labelSet(values)) }

    /// Makes the series exist at zero before the first event, so that its first increment is not lost to `rate`.
    public func create(labels values: [String] = []) {
        let labels = labelSet(values)
        state.withLock { _ = position(of: labels, in: &$0) }
    }

    /// Takes the series out of the exposition; cells that are still held count for nothing.
    public func remove(labels values: [String]) { remove(labelSet(values)) }

    private func labelSet(_ values: [String]) -> LabelSet {
        precondition(
            values.count == description.labels.count,
            "\(description.name) has the labels \(description.labels), not \(values.count) of them")
        return LabelSet(names: description.labels, values: values)
    }

    func cell(shard: Int, _ labels: LabelSet) -> Cell {
        state.withLock { state in
            let position = position(of: labels, in: &state)
            if let known = state.series[position].shards.first(where: { $0.number == shard }) { return known.cell }
            let cell = Cell()
            state.series[position] = state.series[position].adding(cell, shard: shard)
            return cell
        }
    }

    func shared(_ labels: LabelSet) -> Shared<Cell> {
        state.withLock { state in
            let position = position(of: labels, in: &state)
            if let known = state.series[position].shared { return known }
            let series = state.series[position].addingShared(Cell())
            state.series[position] = series
            return series.shared!
        }
    }

    func remove(_ labels: LabelSet) {
        state.withLock { state in
            guard let position = state.positions.removeValue(forKey: labels) else { return }
            state.series.remove(at: position)
            for later in position..<state.series.count { state.positions[state.series[later].labels] = later }
        }
    }

    /// The series of this moment, oldest first.
    func snapshot() -> [Series<Cell>] { state.withLock { $0.series } }

    private func position(of labels: LabelSet, in state: inout State) -> Int {
        if let known = state.positions[labels] { return known }
        guard state.series.count < seriesBudget else {
            folded?.add()
            return overflowPosition(&state)
        }
        return append(labels, &state)
    }

    /// The overflow series comes on top of the budget, so there is always room for it.
    private func overflowPosition(_ state: inout State) -> Int {
        let names = description.labels.isEmpty ? ["overflow"] : description.labels
        let labels = LabelSet(names: names, values: names.map { _ in "overflow" })
        return state.positions[labels] ?? append(labels, &state)
    }

    private func append(_ labels: LabelSet, _ state: inout State) -> Int {
        state.series.append(Series(labels: labels, of: description))
        state.positions[labels] = state.series.count - 1
        return state.series.count - 1
    }

    fileprivate func observe(_ labels: LabelSet, _ source: @escaping @Sendable () -> Double?) {
        state.withLock { state in
            let position = position(of: labels, in: &state)
            state.series[position] = state.series[position].replacingSource(source)
        }
    }

    fileprivate func observe(values: [String], _ source: @escaping @Sendable () -> Double?) {
        observe(labelSet(values), source)
    }
}

extension MetricFamily where Cell == GaugeCell {
    /// Shows what `source` returns at each scrape; nil leaves the series out of that scrape.
    public func observe(labels values: [String] = [], _ source: @escaping @Sendable () -> Double?) {
        observe(values: values, source)
    }
}

extension MetricFamily where Cell == CounterCell {
    /// Shows what `source` returns at each scrape, which must never fall; nil leaves the series out of that scrape.
    public func observe(labels values: [String] = [], _ source: @escaping @Sendable () -> Double?) {
        observe(values: values, source)
    }
}
