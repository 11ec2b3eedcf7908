import Foundation
import MetricsExporter
import Testing

@testable import TraceCollector

@Suite("Retention")
struct RetentionTests {
    private let directory: TemporaryDirectory
    private let registry = Registry()

    init() throws { directory = try TemporaryDirectory() }

    private var now: UInt64 { UInt64(Date().timeIntervalSince1970) * 1_000_000_000 }

    private func store(
        _ traces: ClosedRange<UInt64>, spans: Int = 6, at time: UInt64, in store: inout TraceStore
    ) throws {
        let requests = traces.flatMap { fixtureTrace($0, spans: spans).map { exportRequest(service: $0.0, [$0.1]) } }
        _ = try store.store(try JoinBench.joined(requests), now: time)
    }

    private func storedTraces(among traces: ClosedRange<UInt64>) throws -> [UInt64] {
        let reader = try TraceReader(directory: directory.path)
        return try traces.filter { try reader.trace(TraceKey(high: 7, low: $0)) != nil }
    }

    private func deleted(_ reason: String) -> Double? {
        let text = String(decoding: registry.render().body, as: UTF8.self)
        let name = "martlet_collector_store_deleted_traces_total{reason=\"\(reason)\"} "
        return text.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap { Double($0.dropFirst(name.count)) }
    }

    @Test("traces older than the age go, younger ones stay")
    func age() throws {
        var store = try TraceStore(directory: directory.path)
        try self.store(1...3, at: now - 3_600 * 1_000_000_000, in: &store)
        try self.store(4...5, at: now - 60 * 1_000_000_000, in: &store)
        var configuration = CollectorConfiguration(directory: directory.path)
        configuration.retentionAge = 600 * 1_000_000_000
        var upkeep = StoreUpkeep(configuration)
        upkeep.run(&store, try CollectorMetrics(registry), isLast: false) { _ = $0() }
        #expect(try storedTraces(among: 1...5) == [4, 5])
        #expect(deleted("age") == 3)
        #expect(deleted("size") == 0)
        #expect(try store.traceCount() == 2)
    }

    @Test("beyond the size the oldest traces go, and what they freed is used again")
    func size() throws {
        var store = try TraceStore(directory: directory.path)
        let metrics = try CollectorMetrics(registry)
        var configuration = CollectorConfiguration(directory: directory.path)
        configuration.retentionBytes = 160 << 10
        var largest = 0
        for block in 0..<30 {
            let first = UInt64(block) * 50 + 1
            try self.store(first...first + 49, at: now, in: &store)
            // A fresh one each time, because it waits a second between two looks.
            var upkeep = StoreUpkeep(configuration)
            upkeep.run(&store, metrics, isLast: false) { _ = $0() }
            #expect(try store.byteCount() <= 160 << 10)
            largest = max(largest, Int(try store.database.number("PRAGMA page_count")) * 4_096)
        }
        let kept = try storedTraces(among: 1...1_500)
        let oldest = try #require(kept.first)
        #expect(kept == Array(oldest...1_500))
        #expect(oldest > 500)
        #expect(deleted("size") == Double(oldest - 1))
        #expect(deleted("age") == 0)
        #expect(largest < 160 << 10 + 64 << 10)
    }

    @Test("what comes late for a trace that was deleted is stored as a trace of its own")
    func lateForDeleted() throws {
        var store = try TraceStore(directory: directory.path)
        let spans = fixtureTrace(1, spans: 6).map { exportRequest(service: $0.0, [$0.1]) }
        _ = try store.store(try JoinBench.joined(Array(spans[..<4])), now: 1)
        _ = try store.store(try JoinBench.joined([spans[4]]), now: 2)
        #expect(try store.deleteOldestBlock(storedBefore: 2) == 1)
        #expect(try storedTraces(among: 1...1).isEmpty)
        let outcome = try store.store(try JoinBench.joined([spans[5]]), now: 3)
        #expect(outcome.stored == 1)
        let reader = try TraceReader(directory: directory.path)
        #expect(try reader.trace(TraceKey(high: 7, low: 1))?.spans.map(\.spanID) == [6])
        #expect(try reader.search(TraceSearch()).map(\.spans.count) == [1])
    }
}
