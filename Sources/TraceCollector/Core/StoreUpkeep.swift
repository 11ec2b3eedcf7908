internal import EventLoop
import Glibc
internal import MetricsExporter

/// What the store thread does between blocks: checkpoints, retention, sizes for the metrics.
struct StoreUpkeep {
    private let retentionAge: UInt64
    private let retentionBytes: Int
    private var lastCheckpoint: UInt64 = 0
    private var lastRetention: UInt64 = 0

    /// Nanoseconds.
    private static let checkpointInterval: UInt64 = 2_000_000_000
    private static let retentionInterval: UInt64 = 1_000_000_000
    /// Blocks deleted at a time, so that storing does not wait long; half a million spans per second.
    private static let blocksPerRound = 64

    init(_ configuration: CollectorConfiguration) {
        retentionAge = configuration.retentionAge
        retentionBytes = configuration.retentionBytes
    }

    /// - Parameter trim: is given the checkpoint to call between finding out what is needed and deleting the rest.
    mutating func run(
        _ store: inout TraceStore, _ metrics: CollectorMetrics, isLast: Bool, trim: (() -> Bool) -> Void
    ) {
        let now = MonotonicTime.now().nanoseconds
        do throws(StoreError) {
            if isLast || now &- lastRetention >= Self.retentionInterval {
                lastRetention = now
                try retain(&store, metrics)
                let bytes = Double(try store.byteCount())
                let traces = Double(try store.traceCount())
                metrics.storeBytes.cell(shard: 1).set(bytes)
                metrics.storeTraces.cell(shard: 1).set(traces)
            }
        } catch {
            metrics.writeErrors.add()
        }
        guard isLast || now &- lastCheckpoint >= Self.checkpointInterval else { return }
        lastCheckpoint = now
        trim {
            do throws(StoreError) {
                return try store.checkpoint(isLast: isLast)
            } catch {
                metrics.writeErrors.add()
                return false
            }
        }
    }

    private func retain(_ store: inout TraceStore, _ metrics: CollectorMetrics) throws(StoreError) {
        let time = WallClock.nanoseconds()
        let oldest = time > retentionAge ? time - retentionAge : 0
        for _ in 0..<Self.blocksPerRound {
            guard let traces = try store.deleteOldestBlock(storedBefore: oldest) else { break }
            metrics.deletedByAge.add(UInt64(traces))
        }
        for _ in 0..<Self.blocksPerRound {
            guard try store.byteCount() > retentionBytes else { break }
            guard let traces = try store.deleteOldestBlock(storedBefore: nil) else { break }
            metrics.deletedBySize.add(UInt64(traces))
        }
        try store.deleteDependencies(before: oldest)
    }
}
