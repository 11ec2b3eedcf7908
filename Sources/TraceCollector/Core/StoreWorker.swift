import Glibc
internal import MetricsExporter

/// The store thread's work: takes joined traces off the queue, stores them, and has the log behind them deleted.
final class StoreWorker: @unchecked Sendable {
    // Sendable because the thread that made it hands it over and never touches it again.
    private var store: TraceStore
    private var upkeep: StoreUpkeep
    private let configuration: CollectorConfiguration
    private let queue: StoreQueue
    private let metrics: CollectorMetrics
    private let messages: CollectorLog
    private let isStopping: @Sendable () -> Bool
    private let trimLog: @Sendable (() -> Bool) -> Void
    private var isFailing = false

    /// Between two tries to write what must not be lost.
    private static let retryPause = timespec(tv_sec: 0, tv_nsec: 500_000_000)

    /// - Parameters:
    ///   - isStopping: from then on a failing store is given up; the log keeps what it did not take.
    ///   - trimLog: deletes the log that nothing needs, if the checkpoint that it is given succeeds.
    init(
        _ store: consuming TraceStore, _ configuration: CollectorConfiguration, queue: StoreQueue,
        metrics: CollectorMetrics, messages: CollectorLog, isStopping: @escaping @Sendable () -> Bool,
        trimLog: @escaping @Sendable (() -> Bool) -> Void
    ) {
        self.store = store
        self.configuration = configuration
        self.queue = queue
        self.metrics = metrics
        self.messages = messages
        self.isStopping = isStopping
        self.trimLog = trimLog
        upkeep = StoreUpkeep(configuration)
    }

    /// Works until the queue is closed and empty.
    func run() {
        while let traces = queue.take(spans: configuration.blockSpans, wait: configuration.blockWait) {
            if !traces.isEmpty {
                guard storeUntilDone(JoinedTraces.merged(traces)) else { return }
                queue.acknowledge()
            }
            upkeep.run(&store, metrics, isLast: false, trim: trimLog)
        }
        upkeep.run(&store, metrics, isLast: true, trim: trimLog)
    }

    /// Tries until the traces are stored: they are acknowledged, so giving up is no choice. Meanwhile the queue fills
    /// and senders are told to wait. A trace that cannot be encoded is counted and left out.
    ///
    /// - Returns: false when the store failed and the process is to end; the log still holds the traces then.
    private func storeUntilDone(_ traces: [JoinedTrace]) -> Bool {
        while true {
            do throws(StoreError) {
                metrics.count(try store.store(traces, now: WallClock.nanoseconds()))
                noteSuccess()
                return true
            } catch {
                metrics.writeErrors.add()
                switch error {
                case .unreadableSpan, .block: return storeInHalves(traces, error)
                case .sqlite, .directory, .noParent, .inUse, .notADatabase, .schemaTooNew: noteFailure(error)
                }
            }
            if isStopping() { return false }
            var pause = Self.retryPause
            unsafe nanosleep(&pause, nil)
        }
    }

    /// Finds the one trace that the store cannot take by cutting the rest away.
    private func storeInHalves(_ traces: [JoinedTrace], _ error: StoreError) -> Bool {
        guard traces.count > 1 else {
            metrics.spansDropped.cell(shard: 1, labels: ["unreadable"]).add(UInt64(traces[0].spans.count))
            messages.error("trace \(traces[0].key) is left out: \(error)")
            return true
        }
        let half = traces.count / 2
        return storeUntilDone(Array(traces[..<half])) && storeUntilDone(Array(traces[half...]))
    }

    private func noteFailure(_ error: StoreError) {
        guard !isFailing else { return }
        isFailing = true
        messages.error("\(error); accepted spans wait in the log until it can be written")
    }

    private func noteSuccess() {
        guard isFailing else { return }
        isFailing = false
        messages.info("the trace store can be written again")
    }
}
