import Foundation
import MetricsExporter
import Testing

@testable import TraceCollector

@Suite struct CollectorCoreTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func post(_ body: [UInt8], encoding: String? = nil) -> ExportRequest {
        ExportRequest(
            method: "POST", path: "/v1/traces", contentType: "application/x-protobuf", contentEncoding: encoding,
            body: body)
    }

    private func sample(_ registry: Registry, _ name: String) -> Double? {
        let text = String(decoding: registry.render().body, as: UTF8.self)
        return text.split(separator: "\n").first { $0.hasPrefix(name + " ") }?.split(separator: " ").last.flatMap {
            Double($0)
        }
    }

    @Test func `what was accepted is stored when the core stops`() throws {
        let registry = Registry()
        let core = try CollectorCore(
            CollectorConfiguration(directory: directory.path), metrics: try CollectorMetrics(registry))
        for trace in 1...20 {
            for (service, span) in fixtureTrace(UInt64(trace), spans: 5) {
                #expect(core.receive(post(exportRequest(service: service, [span]))).status == 200)
            }
        }
        core.stop()
        let reader = try TraceReader(directory: directory.path)
        for trace in 1...20 { #expect(try reader.trace(TraceKey(high: 7, low: UInt64(trace)))?.spans.count == 5) }
        #expect(sample(registry, "martlet_collector_spans_received_total") == 100)
        #expect(sample(registry, "martlet_collector_spans_stored_total") == 100)
        #expect(sample(registry, "martlet_collector_traces_joined_total{completeness=\"complete\"}") == 20)
        #expect(core.receive(post(exportRequest([FixtureSpan()]))).status == 503)
    }

    @Test func `what an earlier process acknowledged and did not store is stored by the next`() throws {
        do {
            var log = try WriteAheadLog(directory: directory.path + "/log")
            for (service, span) in fixtureTrace(1, spans: 6) {
                _ = try log.append(exportRequest(service: service, [span]), isGzipped: false)
            }
        }
        // The store has half of the trace already, as after a crash between commit and deletion of the log.
        do {
            var store = try TraceStore(directory: directory.path)
            let half = fixtureTrace(1, spans: 6).prefix(3).map { exportRequest(service: $0.0, [$0.1]) }
            _ = try store.store(try JoinBench.joined(half), now: UInt64(time(nil)) * 1_000_000_000)
        }
        let registry = Registry()
        let core = try CollectorCore(
            CollectorConfiguration(directory: directory.path), metrics: try CollectorMetrics(registry))
        #expect(core.unstoredParts(of: TraceKey(high: 7, low: 1)).map(\.spans.count) == [6])
        core.stop()
        #expect(sample(registry, "martlet_collector_spans_stored_total") == 3)
        #expect(sample(registry, "martlet_collector_spans_duplicate_total") == 3)
        let reader = try TraceReader(directory: directory.path)
        let stored = try reader.trace(TraceKey(high: 7, low: 1))
        #expect(stored?.spans.map(\.spanID) == Array(1...6))
        #expect(sample(registry, "martlet_collector_spans_replayed_total") == 6)
        #expect(try leftOverBytes() == 0)
    }

    private func leftOverBytes() throws -> Int {
        let log = URL(filePath: directory.path + "/log")
        return try FileManager.default.contentsOfDirectory(at: log, includingPropertiesForKeys: [.fileSizeKey])
            .reduce(0) { try $0 + size(of: $1) }
    }

    /// A segment may be deleted after it was listed.
    private func size(of segment: URL) throws -> Int {
        do {
            return try segment.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        } catch CocoaError.fileReadNoSuchFile {
            return 0
        }
    }

    @Test func `what is stored leaves the log, also while nothing more comes`() throws {
        var configuration = CollectorConfiguration(directory: directory.path)
        configuration.blockWait = 1_000_000
        configuration.joiner.idle = 0
        let core = try CollectorCore(configuration, metrics: try CollectorMetrics(Registry()))
        #expect(core.receive(post(exportRequest([FixtureSpan()]))).status == 200)
        let deadline = Date(timeIntervalSinceNow: 30)
        while try leftOverBytes() > 0, Date() < deadline {
            core.tick()
            usleep(20_000)
        }
        #expect(try leftOverBytes() == 0)
        core.stop()
    }

    @Test func `a start that is interrupted keeps the whole log`() throws {
        do {
            var log = try WriteAheadLog(directory: directory.path + "/log", segmentLimit: 1)
            for (service, span) in fixtureTrace(1, spans: 6) {
                _ = try log.append(exportRequest(service: service, [span]), isGzipped: false)
            }
        }
        var asked = 0
        // What is read back is stored at once, so nothing but the unread rest holds the log.
        var configuration = CollectorConfiguration(directory: directory.path)
        configuration.joiner.spans = 0
        #expect(throws: CollectorCore.StartError.self) {
            _ = try CollectorCore(
                configuration, metrics: try CollectorMetrics(Registry()),
                isInterrupted: {
                    asked += 1
                    return asked > 3
                })
        }
        let core = try CollectorCore(
            CollectorConfiguration(directory: directory.path), metrics: try CollectorMetrics(Registry()))
        core.stop()
        let reader = try TraceReader(directory: directory.path)
        #expect(try reader.trace(TraceKey(high: 7, low: 1))?.spans.map(\.spanID) == Array(1...6))
    }

    @Test func `when the store fails at the end, the log keeps what was accepted`() throws {
        let core = try CollectorCore(
            CollectorConfiguration(directory: directory.path), metrics: try CollectorMetrics(Registry()))
        for (service, span) in fixtureTrace(1, spans: 6) {
            #expect(core.receive(post(exportRequest(service: service, [span]))).status == 200)
        }
        // Another connection holds the database's one write lock until the core has given up.
        let blocker = try SQLiteDatabase(path: directory.path + "/" + TraceStore.fileName, .readWrite)
        try blocker.execute("BEGIN IMMEDIATE")
        core.stop()
        try blocker.execute("ROLLBACK")
        #expect(try TraceReader(directory: directory.path).trace(TraceKey(high: 7, low: 1)) == nil)
        let next = try CollectorCore(
            CollectorConfiguration(directory: directory.path), metrics: try CollectorMetrics(Registry()))
        next.stop()
        #expect(try TraceReader(directory: directory.path).trace(TraceKey(high: 7, low: 1))?.spans.count == 6)
    }
}

@Suite struct WriteAheadLogTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func `reads back what was appended, in order, over several segments`() throws {
        do {
            var log = try WriteAheadLog(directory: directory.path, segmentLimit: 20)
            #expect(try log.append([1, 2, 3], isGzipped: false) == 1)
            #expect(try log.append([4], isGzipped: true) == 1)
            #expect(try log.append([], isGzipped: false) == 2)
        }
        let log = try WriteAheadLog(directory: directory.path, segmentLimit: 20)
        #expect(log.leftOver == [1, 2])
        let first = try log.read(segment: 1)
        #expect(first.map(\.body) == [[1, 2, 3], [4]])
        #expect(first.map(\.isGzipped) == [false, true])
        #expect(try log.read(segment: 2).map(\.body) == [[]])
        #expect(log.currentSegment == 3)
    }

    @Test func `a record cut short or damaged ends its segment and nothing before it`() throws {
        let path = directory.path + "/requests-0000000000000001.log"
        do {
            var log = try WriteAheadLog(directory: directory.path)
            _ = try log.append(Array("first".utf8), isGzipped: false)
            _ = try log.append(Array("second".utf8), isGzipped: false)
        }
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(whole.count == 9 + 5 + 9 + 6)
        for length in 0...whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            let log = try WriteAheadLog(directory: directory.path)
            #expect(try log.read(segment: 1).count == (length == whole.count ? 2 : length >= 14 ? 1 : 0))
        }
        for position in 14..<whole.count {
            var damaged = whole
            damaged[position] ^= 0x40
            try damaged.write(to: URL(fileURLWithPath: path))
            let log = try WriteAheadLog(directory: directory.path)
            #expect(try log.read(segment: 1).map(\.body) == [Array("first".utf8)])
        }
    }

    @Test func `deletes the segments below a number and never the current one`() throws {
        var log = try WriteAheadLog(directory: directory.path, segmentLimit: 1)
        for number in 1...4 { #expect(try log.append([9], isGzipped: false) == UInt64(number)) }
        #expect(log.delete(below: 3) == 2)
        #expect(log.delete(below: 100) == 1)
        #expect(log.byteCount == 10)
        #expect(try WriteAheadLog(directory: directory.path).leftOver == [4])
    }

    @Test func `hands out each written segment to be synced once`() throws {
        var log = try WriteAheadLog(directory: directory.path, segmentLimit: 1)
        #expect(log.takeUnsynced().sync.isEmpty)
        _ = try log.append([1], isGzipped: false)
        _ = try log.append([2], isGzipped: false)
        let first = log.takeUnsynced()
        #expect(first.sync.count == 2)
        for descriptor in first.close { #expect(close(descriptor) == 0) }
        #expect(log.takeUnsynced().sync.isEmpty)
    }

    @Test func `a directory that cannot be made is a clear error`() throws {
        #expect(throws: LogError("make the directory", "/proc/none", code: ENOENT)) {
            _ = try WriteAheadLog(directory: "/proc/none")
        }
    }
}
