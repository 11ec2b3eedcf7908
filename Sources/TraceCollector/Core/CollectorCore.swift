internal import EventLoop
import Glibc
internal import MetricsExporter
internal import Synchronization

/// The collector without its network: export requests in, joined traces on disk, traces out.
///
/// `receive` may be called from any thread. It checks and reads the request, writes it to the log, joins its spans and
/// answers; a second thread stores what is joined; a third syncs the log. What `receive` answered with 200 is on disk
/// before the answer, and stays there until its traces are in the database:
///
///     receive → WriteAheadLog → Joiner → StoreQueue → TraceStore → checkpoint → log segment deleted
package final class CollectorCore: Sendable {
    private let configuration: CollectorConfiguration
    private let ingest: Mutex<Ingest>
    private let queue = StoreQueue()
    private let metrics: CollectorMetrics
    private let threads = Mutex<[WorkThread]>([])
    private let isStopping = Atomic<Bool>(false)
    /// Queue and log sizes as of the last look, so that a request need not take their locks.
    private let isOverloaded = Atomic<Bool>(false)

    /// What stops a start.
    package enum StartError: Error, CustomStringConvertible {
        case log(LogError)
        case store(StoreError)

        package var description: String {
            switch self {
            case .log(let error): error.description
            case .store(let error): error.description
            }
        }
    }

    /// Opens the store, replays the log that an earlier process left, and starts the threads.
    package init(_ configuration: CollectorConfiguration, metrics: CollectorMetrics) throws(StartError) {
        self.configuration = configuration
        self.metrics = metrics
        let store: TraceStore
        let log: WriteAheadLog
        do {
            store = try TraceStore(directory: configuration.directory)
        } catch {
            throw .store(error)
        }
        do {
            log = try WriteAheadLog(directory: configuration.directory + "/log")
        } catch {
            throw .log(error)
        }
        ingest = Mutex(Ingest(log: log, joiner: Joiner(limits: configuration.joiner)))
        observe()
        try startThreads(store)
        try replay()
    }

    /// Takes an export request. When the answer's status is 200, its spans survive the death of this process.
    package func receive(_ request: ExportRequest) -> ExportResponse {
        let response: ExportResponse
        do {
            response = try accept(request)
        } catch {
            response = error.response
            metrics.spansRefused.shared(labels: [error.reason]).add()
        }
        metrics.requests.shared(labels: [String(response.status)]).add()
        return response
    }

    private func accept(_ request: ExportRequest) throws(ExportRefusal) -> ExportResponse {
        let isGzipped = try OTLPReceiver.checkHead(request)
        if isStopping.load(ordering: .relaxed) { throw .shuttingDown }
        if isOverloaded.load(ordering: .relaxed) {
            throw .overloaded(retryAfterSeconds: configuration.retryAfterSeconds)
        }
        let message = try OTLPReceiver.message(of: request, limit: configuration.requestBytes)
        let now = MonotonicTime.now().nanoseconds
        let result = ingest.withLock { ingest -> Result<Ingest.Received, ExportRefusal> in
            let result: Result<Ingest.Received, ExportRefusal>
            do throws(ExportRefusal) {
                let received = try ingest.receive(message, body: request.body, isGzipped: isGzipped, now: now)
                metrics.spansReceived.add(UInt64(received.spans))
                result = .success(received)
            } catch {
                result = .failure(error)
            }
            passOn(&ingest)
            return result
        }
        let received = try result.get()
        if received.rejections.total > 0 {
            metrics.spansRefused.shared(labels: ["invalid_id"]).add(UInt64(received.rejections.total))
        }
        return OTLPReceiver.response(leavingOut: received.rejections)
    }

    /// Releases traces that are due. To be called a few times per second.
    package func tick() {
        let now = MonotonicTime.now().nanoseconds
        let logBytes = ingest.withLock { ingest in
            ingest.joiner.advance(to: now)
            passOn(&ingest)
            return ingest.log.byteCount
        }
        isOverloaded.store(
            queue.byteCount > configuration.queueBytes || logBytes > configuration.logBytes, ordering: .relaxed)
    }

    /// The parts of a trace that are not stored yet.
    package func unstoredParts(of key: TraceKey) -> [JoinedTrace] {
        // Both places are read under the ingest lock, so that a trace on its way from one to the other is seen.
        ingest.withLock { ingest in
            (ingest.joiner.liveTrace(key).map { [$0] } ?? []) + queue.parts(of: key)
        }
    }

    /// Refuses what comes, stores everything that was accepted, and ends the threads.
    package func stop() {
        isStopping.store(true, ordering: .relaxed)
        ingest.withLock { ingest in
            ingest.joiner.releaseAll()
            passOn(&ingest)
        }
        queue.close()
        for thread in threads.withLock({ $0 }) { thread.join() }
        threads.withLock { $0 = [] }
    }

    private func passOn(_ ingest: inout Ingest) {
        let released = ingest.joiner.takeReleased()
        if !released.isEmpty { queue.add(released, wakeAt: configuration.blockSpans) }
    }

    private func observe() {
        metrics.liveTraces.observe { [weak self] in self.map { Double($0.ingest.withLock { $0.joiner.liveTraces }) } }
        metrics.liveSpans.observe { [weak self] in self.map { Double($0.ingest.withLock { $0.joiner.liveSpans }) } }
        metrics.queueLength.observe { [weak self] in self.map { Double($0.queue.traceCount) } }
        let capacity = Double(configuration.joiner.traces)
        metrics.queueCapacity.observe { capacity }
    }

    // MARK: Log

    /// Joins what an earlier process acknowledged and did not store. Spans that it did store come out as duplicates.
    private func replay() throws(StartError) {
        let leftOver = ingest.withLock { $0.log.leftOver }
        for segment in leftOver {
            let now = MonotonicTime.now().nanoseconds
            let result = ingest.withLock { ingest -> Result<Void, LogError> in
                do throws(LogError) {
                    for record in try ingest.log.read(segment: segment) {
                        guard let message = Self.message(record, limit: configuration.requestBytes) else { continue }
                        _ = ingest.replay(message, segment: segment, now: now)
                    }
                } catch {
                    return .failure(error)
                }
                passOn(&ingest)
                return .success(())
            }
            do {
                try result.get()
            } catch {
                throw .log(error)
            }
        }
    }

    private static func message(_ record: (isGzipped: Bool, body: [UInt8]), limit: Int) -> [UInt8]? {
        guard record.isGzipped else { return record.body }
        do {
            return try OTLPReceiver.inflate(record.body, limit: limit)
        } catch {
            // It was inflated before it was written; the checksum says these are the same bytes.
            return nil
        }
    }

    private func syncLog() {
        let interval = configuration.syncInterval
        while !isStopping.load(ordering: .relaxed) {
            var pause = timespec(tv_sec: 0, tv_nsec: Int(interval))
            unsafe nanosleep(&pause, nil)
            let descriptors = ingest.withLock { $0.log.takeUnsynced() }
            for descriptor in descriptors.sync { fdatasync(descriptor) }
            for descriptor in descriptors.close { close(descriptor) }
        }
    }

    // MARK: Store thread

    private func startThreads(_ store: consuming TraceStore) throws(StartError) {
        let storeBox = StoreBox(store)
        do {
            let storing = try WorkThread(name: "store") { [self] in storeLoop(storeBox) }
            let syncing = try WorkThread(name: "log-sync") { [self] in syncLog() }
            threads.withLock { $0 = [storing, syncing] }
        } catch {
            throw .log(error)
        }
    }

    private func storeLoop(_ box: StoreBox) {
        var upkeep = StoreUpkeep(configuration)
        while let traces = queue.take(spans: configuration.blockSpans, wait: configuration.blockWait) {
            if !traces.isEmpty {
                storeUntilDone(JoinedTraces.merged(traces), box)
                queue.acknowledge()
            }
            box.withStore { upkeep.run(&$0, metrics, isLast: false) { trimLog($0) } }
        }
        box.withStore { upkeep.run(&$0, metrics, isLast: true) { trimLog($0) } }
    }

    /// Tries until the traces are stored: they are acknowledged, so giving up is no choice. Meanwhile the queue fills
    /// and senders are told to wait. A trace that cannot be encoded is counted and left out.
    private func storeUntilDone(_ traces: [JoinedTrace], _ box: StoreBox) {
        var traces = traces
        while true {
            let result = box.withStore { store -> Result<StoreOutcome, StoreError> in
                do throws(StoreError) {
                    return .success(try store.store(traces, now: Self.wallClock()))
                } catch {
                    return .failure(error)
                }
            }
            switch result {
            case .success(let outcome): return metrics.count(outcome)
            case .failure(.unreadableSpan), .failure(.block):
                metrics.writeErrors.add()
                if traces.count == 1 {
                    let dropped = metrics.spansDropped.cell(shard: 1, labels: ["unreadable"])
                    return dropped.add(UInt64(traces[0].spans.count))
                }
                let half = traces.count / 2
                storeUntilDone(Array(traces[..<half]), box)
                traces.removeFirst(half)
            case .failure(.sqlite), .failure(.directory), .failure(.schemaTooNew):
                metrics.writeErrors.add()
                if isStopping.load(ordering: .relaxed) { return }
                var pause = timespec(tv_sec: 0, tv_nsec: 500_000_000)
                unsafe nanosleep(&pause, nil)
            }
        }
    }

    /// Deletes log segments that nothing needs any more, once what they held is synced into the database.
    private func trimLog(_ checkpoint: () -> Bool) {
        let oldestNeeded = ingest.withLock { ingest in
            min(
                ingest.joiner.oldestSegment ?? ingest.log.currentSegment, queue.oldestSegment ?? .max,
                ingest.log.currentSegment)
        }
        guard checkpoint() else { return }
        ingest.withLock { ingest in _ = ingest.log.delete(below: oldestNeeded) }
    }

    private static func wallClock() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
