public import Synchronization

/// One shard of one series: what a single loop counts.
///
/// Invariant of every cell: **one thread writes it**, the loop whose shard it is. So a record is a relaxed load and a
/// relaxed store, not a read-modify-write; the atomics are there for the scrape, which reads from another thread and
/// sums the shards. Threads without a loop write through `Shared`, whose lock restores the invariant.
public protocol MetricCell: AnyObject, Sendable {
    init()
}

/// A number that only grows.
public final class CounterCell: MetricCell {
    @usableFromInline let value = Atomic<UInt64>(0)
    /// Keeps the values of neighbouring cells, which other loops write, at least a cache line apart.
    private let padding = InlineArray<6, UInt64>(repeating: 0)

    public init() {}

    @inlinable
    public func add(_ amount: UInt64 = 1) {
        value.store(value.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    func reset() { value.store(0, ordering: .relaxed) }

    var current: UInt64 { value.load(ordering: .relaxed) }
}

/// A number that goes up and down. The series shows the sum of its shards, so that a loop counts only what it opened
/// and closed itself.
public final class GaugeCell: MetricCell {
    /// The bits of a `Double`.
    @usableFromInline let bits = Atomic<UInt64>(0)
    private let padding = InlineArray<6, UInt64>(repeating: 0)

    public init() {}

    @inlinable
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    @inlinable
    public func add(_ amount: Double) {
        set(Double(bitPattern: bits.load(ordering: .relaxed)) + amount)
    }

    @inlinable
    public func increment() { add(1) }

    @inlinable
    public func decrement() { add(-1) }

    var current: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// How many observations there were, and their sum.
public final class SummaryCell: MetricCell {
    private let observations = Atomic<UInt64>(0)
    /// The bits of a `Double`.
    private let sumBits = Atomic<UInt64>(0)
    private let padding = InlineArray<6, UInt64>(repeating: 0)

    public init() {}

    public func record(_ value: Double) {
        observations.store(observations.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        sumBits.store((sum + value).bitPattern, ordering: .relaxed)
    }

    var count: UInt64 { observations.load(ordering: .relaxed) }
    var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }
}
