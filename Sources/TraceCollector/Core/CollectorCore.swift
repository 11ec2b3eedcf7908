internal import EventLoop
internal import GRPC
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
    let configuration: CollectorConfiguration
    let ingest: Mutex<Ingest>
    let queue = StoreQueue()
    let metrics: CollectorMetrics
    let messages: CollectorLog
    /// Nil once this core has ended.
    private let lock: Mutex<StoreLock?>
    private let threads = Mutex<[WorkThread]>([])
    private let isStopping = Atomic<Bool>(false)
    /// Queue and log sizes as of the last look, so that a request need not take their locks.
    private let isOverloaded = Atomic<Bool>(false)

    /// What stops a start.
    package enum StartError: Error, CustomStringConvertible {
        case log(LogError)
        case store(StoreError)
        /// The process was told to end while it replayed the log.
        case interrupted

        package var description: String {
            switch self {
            case .log(let error): error.description
            case .store(let error): error.description
            case .interrupted: "told to end before the log of an earlier process was replayed; the log is kept"
            }
        }
    }

    /// Opens the store, replays the log that an earlier process left, and starts the threads.
    ///
    /// - Parameter isInterrupted: asked while the log is replayed, which may take a while.
    package init(
        _ configuration: CollectorConfiguration, metrics: CollectorMetrics, signals: GoldenSignals? = nil,
        messages: CollectorLog = .errorsOnly, isInterrupted: () -> Bool = { false }
    ) throws(StartError) {
        self.configuration = configuration
        self.metrics = metrics
        self.messages = messages
        let store: TraceStore
        let log: WriteAheadLog
        do {
            try OpenedStore.makeDirectory(configuration.directory)
            lock = Mutex(try StoreLock(directory: configuration.directory))
            store = try TraceStore(directory: configuration.directory)
        } catch {
            throw .store(error)
        }
        do {
            log = try WriteAheadLog(directory: configuration.directory + "/log")
        } catch {
            throw .log(error)
        }
        ingest = Mutex(Ingest(log: log, joiner: Joiner(limits: configuration.joiner), signals: signals))
        observe()
        try startThreads(store)
        do throws(StartError) {
            try replay(isInterrupted: isInterrupted)
        } catch {
            isStopping.store(true, ordering: .relaxed)
            endThreads()
            throw error
        }
    }

    /// Takes an export request over HTTP. When the answer's status is 200, its spans survive the death of this process.
    package func receive(_ request: ExportRequest) -> ExportResponse {
        do {
            let isGzipped = try OTLPReceiver.checkHead(request)
            return counted(OTLPReceiver.response(leavingOut: try accept(request.body, isGzipped: isGzipped)))
        } catch {
            return refuse(error)
        }
    }

    /// Takes an Export call over gRPC. The same holds for the status OK.
    package func receive(_ call: ExportCall) -> ExportCallAnswer {
        do {
            let message = try GRPCTraceService.message(of: call, limit: configuration.requestBytes)
            let rejections = try accept(message.bytes, isGzipped: message.isGzipped)
            return counted(ExportCallAnswer(status: .ok, payload: OTLPReceiver.message(leavingOut: rejections)))
        } catch {
            return refuseCall(error)
        }
    }

    /// The answer to a request that is not taken.
    package func refuse(_ refusal: ExportRefusal) -> ExportResponse {
        metrics.spansRefused.shared(labels: [refusal.reason]).add()
        return counted(refusal.response)
    }

    /// The same for a call.
    package func refuseCall(_ refusal: ExportRefusal) -> ExportCallAnswer {
        metrics.spansRefused.shared(labels: [refusal.reason]).add()
        return counted(refusal.callAnswer)
    }

    private func counted(_ response: ExportResponse) -> ExportResponse {
        metrics.requests.shared(labels: [String(response.status), "http"]).add()
        return response
    }

    private func counted(_ answer: ExportCallAnswer) -> ExportCallAnswer {
        metrics.requests.shared(labels: [answer.status.word.description, "grpc"]).add()
        return answer
    }

    /// - Parameter body: the message as it came, which is what the log keeps.
    private func accept(_ body: [UInt8], isGzipped: Bool) throws(ExportRefusal) -> SpanRejections {
        if isStopping.load(ordering: .relaxed) { throw .shuttingDown }
        if isOverloaded.load(ordering: .relaxed) {
            throw .overloaded(retryAfterSeconds: configuration.retryAfterSeconds)
        }
        let message = try OTLPReceiver.message(in: body, isGzipped: isGzipped, limit: configuration.requestBytes)
        let now = MonotonicTime.now().nanoseconds
        let result = ingest.withLock { ingest -> Result<Ingest.Received, ExportRefusal> in
            let result: Result<Ingest.Received, ExportRefusal>
            do throws(ExportRefusal) {
                let received = try ingest.receive(message, body: body, isGzipped: isGzipped, now: now, messages)
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
        return received.rejections
    }

    /// Releases traces that are due. To be called a few times per second.
    package func tick() {
        let now = MonotonicTime.now().nanoseconds
        let logBytes = ingest.withLock { ingest in
            ingest.advance(to: now)
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
        endThreads()
        let left = queue.traceCount
        if left > 0 { messages.warning("\(left) traces could not be stored; the next start finds them in the log") }
    }

    private func endThreads() {
        queue.close()
        for thread in threads.withLock({ $0 }) { thread.join() }
        threads.withLock { $0 = [] }
        lock.withLock { $0 = nil }
    }

    func passOn(_ ingest: inout Ingest) {
        let released = ingest.joiner.takeReleased()
        if !released.isEmpty { queue.add(released, wakeAt: configuration.blockSpans) }
    }

    private func observe() {
        metrics.liveTraces.observe { [weak self] in self.map { Double($0.ingest.withLock { $0.joiner.liveTraces }) } }
        metrics.liveSpans.observe { [weak self] in self.map { Double($0.ingest.withLock { $0.joiner.liveSpans }) } }
        metrics.logBytes.observe { [weak self] in self.map { Double($0.ingest.withLock { $0.log.byteCount }) } }
        metrics.queueLength.observe { [weak self] in self.map { Double($0.queue.byteCount) } }
        let capacity = Double(configuration.queueBytes)
        metrics.queueCapacity.observe { capacity }
    }

    private func startThreads(_ store: consuming TraceStore) throws(StartError) {
        let worker = StoreWorker(
            store, configuration, queue: queue, metrics: metrics, messages: messages,
            isStopping: { [self] in isStopping.load(ordering: .relaxed) }, trimLog: { [self] in trimLog($0) })
        do {
            let storing = try WorkThread(name: "store") { worker.run() }
            let syncing = try WorkThread(name: "log-sync") { [self] in syncLog() }
            threads.withLock { $0 = [storing, syncing] }
        } catch {
            throw .log(error)
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
}
