internal import EventLoop
import Glibc
internal import MetricsExporter
internal import Synchronization

/// Reading the log back at the start, and letting go of it.
extension CollectorCore {
    /// Joins what an earlier process acknowledged and did not store. Spans that it did store come out as duplicates.
    func replay(isInterrupted: () -> Bool) throws(StartError) {
        var spans = 0
        for segment in ingest.withLock({ $0.log.leftOver }) {
            try awaitRoomInQueue(isInterrupted)
            spans += try replay(segment)
        }
        ingest.withLock { $0.unreplayed = nil }
        if spans > 0 { messages.info("replayed \(spans) spans from the log of an earlier process") }
    }

    private func awaitRoomInQueue(_ isInterrupted: () -> Bool) throws(StartError) {
        repeat {
            if isInterrupted() { throw .interrupted }
            if queue.byteCount <= configuration.queueBytes { return }
            var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
            unsafe nanosleep(&pause, nil)
        } while true
    }

    private func replay(_ segment: UInt64) throws(StartError) -> Int {
        let result = ingest.withLock { ingest -> Result<Int, LogError> in
            ingest.unreplayed = segment
            var spans = 0
            do throws(LogError) {
                for record in try ingest.log.read(segment: segment) {
                    guard let message = message(of: record) else { continue }
                    spans += ingest.replay(message, segment: segment, now: MonotonicTime.now().nanoseconds)
                }
            } catch {
                return .failure(error)
            }
            metrics.spansReplayed.add(UInt64(spans))
            passOn(&ingest)
            return .success(spans)
        }
        do {
            return try result.get()
        } catch {
            throw .log(error)
        }
    }

    private func message(of record: (isGzipped: Bool, body: [UInt8])) -> [UInt8]? {
        guard record.isGzipped else { return record.body }
        do {
            return try OTLPReceiver.inflate(record.body, limit: configuration.requestBytes)
        } catch {
            // It was inflated before it was written; the checksum says these are the same bytes.
            return nil
        }
    }

    /// Deletes log segments that nothing needs any more, once what they held is synced into the database.
    ///
    /// - Parameter checkpoint: says whether everything that was stored before the call is synced.
    func trimLog(_ checkpoint: () -> Bool) {
        let needed = ingest.withLock { ingest -> UInt64 in
            let held = min(ingest.oldestNeededSegment ?? .max, queue.oldestSegment ?? .max)
            // While nothing is held, the current segment can go like the others.
            if held == .max { ingest.log.sealIfUsed() }
            return min(held, ingest.log.currentSegment)
        }
        guard checkpoint() else { return }
        ingest.withLock { ingest in _ = ingest.log.delete(below: needed) }
    }
}
