import Foundation
import Testing

@testable import TraceCollector

@Suite struct TraceStoreTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func requests(_ spans: [(String, FixtureSpan)]) -> [[UInt8]] {
        spans.map { exportRequest(service: $0.0, [$0.1]) }
    }

    private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

    @Test func `a stored trace is read back by its id`() throws {
        var store = try TraceStore(directory: directory.path)
        let traces = try JoinBench.joined(requests(fixtureTrace(1, spans: 10) + fixtureTrace(2, spans: 3)))
        let outcome = try store.store(traces, now: 5)
        #expect(outcome == StoreOutcome(stored: 13, tracesComplete: 2, skewedSpans: 0))
        let reader = try TraceReader(directory: directory.path)
        let trace = try #require(try reader.trace(TraceKey(high: 7, low: 1)))
        #expect(trace.spans.map(\.spanID) == Array(1...10))
        #expect(try reader.trace(TraceKey(high: 7, low: 3)) == nil)
    }

    @Test func `survives closing and opening, and counts blocks and names on`() throws {
        for number in 1...3 {
            var store = try TraceStore(directory: directory.path)
            _ = try store.store(try JoinBench.joined(requests(fixtureTrace(UInt64(number), spans: 4))), now: 5)
        }
        let reader = try TraceReader(directory: directory.path)
        for number in 1...3 { #expect(try reader.trace(TraceKey(high: 7, low: UInt64(number)))?.spans.count == 4) }
        #expect(try reader.services() == ["cart", "pay", "web"].map(text))
    }

    @Test func `however a trace is split over releases and repeated, the same trace is stored`() throws {
        var random = SplitMix(state: 21)
        let spans = fixtureTrace(1, spans: 12)
        var reference: TraceReader.Trace?
        for round in 0..<12 {
            let path = directory.path + "/round-\(round)"
            var store = try TraceStore(directory: path)
            var total = StoreOutcome()
            let shuffled = spans.shuffled(using: &random)
            let cut = round == 0 ? 12 : Int.random(in: 1..<12, using: &random)
            let again = Int.random(in: 0..<12, using: &random)
            for part in [shuffled[..<cut], shuffled[cut...], shuffled[again...]] {
                total = total + (try store.store(try JoinBench.joined(requests(Array(part))), now: 5))
            }
            #expect(total.stored == 12)
            #expect(total.duplicates == 12 - again)
            #expect(total.late == 12 - cut)
            let reader = try TraceReader(directory: path)
            let trace = try #require(try reader.trace(TraceKey(high: 7, low: 1)))
            if let reference { #expect(trace == reference) } else { reference = trace }
            #expect(try reader.summary(TraceKey(high: 7, low: 1)) == expectedSummary)
            let calls = try reader.dependencies(from: 0, to: UInt64(Int64.max))
                .map { "\(name($0.parent))→\(name($0.child)) \($0.calls)" }
            #expect(calls == ["cart→pay 2", "cart→web 2", "pay→cart 2", "web→cart 1"])
        }
    }

    private func name(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private var expectedSummary: TraceReader.Summary {
        TraceReader.Summary(
            start: 1_700_000_001_000_001_000, duration: 12_011_000, spans: 12, errors: 2, orphans: 0,
            rootService: text("cart"), rootName: text("op-1"),
            services: [
                TraceReader.ServiceShare(service: text("cart"), spans: 4, errors: 1),
                TraceReader.ServiceShare(service: text("pay"), spans: 4, errors: 1),
                TraceReader.ServiceShare(service: text("web"), spans: 4, errors: 0),
            ])
    }

    @Test func `a partial trace has orphans and no root until the rest arrives`() throws {
        var store = try TraceStore(directory: directory.path)
        let spans = fixtureTrace(1, spans: 4)
        let first = try store.store(try JoinBench.joined(requests(Array(spans[1...]))), now: 5)
        #expect(first.tracesPartial == 1)
        #expect(first.orphans == 2)
        let reader = try TraceReader(directory: directory.path)
        let partial = try #require(try reader.summary(TraceKey(high: 7, low: 1)))
        #expect(partial.orphans == 2)
        #expect(partial.rootName == nil)
        _ = try store.store(try JoinBench.joined(requests([spans[0]])), now: 5)
        let whole = try #require(try reader.summary(TraceKey(high: 7, low: 1)))
        #expect(whole.orphans == 0)
        #expect(whole.rootName == text("op-1"))
    }

    @Test func `sees clock skew and stores times as sent`() throws {
        var store = try TraceStore(directory: directory.path)
        let client = FixtureSpan(spanID: 1, kind: 3, start: 1_000)
        let server = FixtureSpan(spanID: 2, parentID: 1, kind: 2, start: 900)
        let outcome = try store.store(try JoinBench.joined([exportRequest([client, server])]), now: 5)
        #expect(outcome.skewedSpans == 1)
        let reader = try TraceReader(directory: directory.path)
        #expect(try reader.trace(TraceKey(high: 1, low: 1))?.spans.map(\.start) == [900, 1_000])
    }

    @Test(
        arguments: [
            ("service", [UInt64](1...6).reversed()),
            ("operation", [6, 5, 4, 3, 2, 1]),
            ("operation of another service", []),
            ("unknown service", []),
            ("integer tag", [6, 5, 4, 3, 2, 1]),
            ("string tag of one trace", [3]),
            ("two tags on one span", [6, 5, 4, 3, 2, 1]),
            ("two tags on different spans", []),
            ("error", [6, 5, 4, 3, 2, 1]),
            ("kind", [6, 5, 4, 3, 2, 1]),
            ("resource tag", [6, 5, 4, 3, 2, 1]),
            ("duration", [6, 5, 4, 3, 2, 1]),
            ("too long", []),
            ("time", [4, 3]),
            ("limit", [6, 5]),
        ] as [(String, [UInt64])])
    func `search finds by`(_ what: String, _ expected: [UInt64]) throws {
        var store = try TraceStore(directory: directory.path)
        for block in [[1, 4, 5], [2, 3], [6]] as [[UInt64]] {
            var spans: [(String, FixtureSpan)] = []
            for trace in block {
                var own = fixtureTrace(trace, spans: 6)
                own[2].1.attributes.append(("user", .string("u\(trace)")))
                spans += own
            }
            _ = try store.store(try JoinBench.joined(requests(spans)), now: 5)
        }
        let reader = try TraceReader(directory: directory.path)
        #expect(try reader.search(search(for: what)).map(\.key.low) == expected)
    }

    private func search(for what: String) -> TraceSearch {
        var search = TraceSearch()
        func tag(_ key: String, _ value: String) {
            search.tags.append(TraceSearch.Tag(key: text(key), value: text(value)))
        }
        switch what {
        case "service": search.service = text("cart")
        case "operation":
            search.service = text("pay")
            search.operation = text("op-2")
        case "operation of another service":
            search.service = text("pay")
            search.operation = text("op-3")
        case "unknown service": search.service = text("nobody")
        case "integer tag": tag("http.response.status_code", "202")
        case "string tag of one trace": tag("user", "u3")
        case "two tags on one span":
            tag("http.response.status_code", "201")
            tag("http.route", "/r1")
        case "two tags on different spans":
            tag("http.response.status_code", "201")
            tag("http.route", "/r2")
        case "error": tag("error", "true")
        case "kind": tag("span.kind", "client")
        case "resource tag": tag("service.name", "web")
        case "duration":
            search.minimumDuration = 6_000_000
            search.maximumDuration = 6_000_000
        case "too long": search.minimumDuration = 6_000_001
        case "time":
            search.from = 1_700_000_003_000_000_000
            search.to = 1_700_000_004_500_000_000
        default: search.limit = 2
        }
        return search
    }

    @Test func `search by tag finds a trace by a span that came late, once`() throws {
        var store = try TraceStore(directory: directory.path)
        var spans = fixtureTrace(1, spans: 3)
        spans[2].1.attributes.append(("user", .string("late")))
        _ = try store.store(try JoinBench.joined(requests(Array(spans[..<2]))), now: 5)
        _ = try store.store(try JoinBench.joined(requests([spans[2]])), now: 5)
        let reader = try TraceReader(directory: directory.path)
        var search = TraceSearch()
        search.tags = [TraceSearch.Tag(key: text("user"), value: text("late"))]
        #expect(try reader.search(search).map(\.spans.count) == [3])
        search.tags = [TraceSearch.Tag(key: text("span.kind"), value: text("client"))]
        #expect(try reader.search(search).map(\.spans.count) == [3])
    }

    @Test func `lists operations with their kinds`() throws {
        var store = try TraceStore(directory: directory.path)
        _ = try store.store(try JoinBench.joined(requests(fixtureTrace(1, spans: 6))), now: 5)
        let reader = try TraceReader(directory: directory.path)
        #expect(
            try reader.operations(of: text("pay")) == [
                TraceReader.Operation(name: text("op-1"), kind: .client),
                TraceReader.Operation(name: text("op-2"), kind: .server),
            ])
        #expect(try reader.operations(of: text("nobody")).isEmpty)
    }

    @Test func `a store that was full has lost nothing and mixed nothing up once there is room again`() throws {
        var store = try TraceStore(directory: directory.path)
        _ = try store.store(try JoinBench.joined(requests(fixtureTrace(1, spans: 6))), now: 5)
        let pages = try store.database.number("PRAGMA page_count")
        try store.database.execute("PRAGMA max_page_count = \(pages)")
        let services = ["mail", "search", "stock"]
        let traces = try JoinBench.joined(
            requests((2...400).flatMap { fixtureTrace($0, spans: 6, services: services) }))
        #expect(throws: StoreError.self) { try store.store(traces, now: 6) }
        try store.database.execute("PRAGMA max_page_count = \(pages + 10_000)")
        #expect(try store.store(traces, now: 6).stored == 399 * 6)
        let reader = try TraceReader(directory: directory.path)
        #expect(try reader.services() == ["cart", "mail", "pay", "search", "stock", "web"].map(text))
        let summary = try #require(try reader.summary(TraceKey(high: 7, low: 400)))
        #expect(summary.services.map(\.service) == services.map(text))
        #expect(try reader.operations(of: text("mail")).map(\.name) == ["op-2", "op-3"].map(text))
    }

    @Test func `the last checkpoint leaves the database alone on disk`() throws {
        var store = try TraceStore(directory: directory.path)
        _ = try store.store(try JoinBench.joined(requests(fixtureTrace(1, spans: 6))), now: 5)
        let log = URL(filePath: directory.path + "/traces.sqlite-wal")
        #expect(try #require(try log.resourceValues(forKeys: [.fileSizeKey]).fileSize) > 0)
        #expect(try store.checkpoint(isLast: true))
        #expect(try URL(filePath: log.path).resourceValues(forKeys: [.fileSizeKey]).fileSize == 0)
    }

    @Test func `a directory that cannot be written is a clear error`() throws {
        #expect(throws: StoreError.noParent(path: "/proc/none/data")) {
            _ = try TraceStore(directory: "/proc/none/data")
        }
        #expect(
            StoreError.directory(path: "/data", code: EACCES).description
                == "cannot use the directory /data for the trace store: Permission denied; "
                + "choose one that this user may write")
    }

    @Test func `a file that is no database is a clear error`() throws {
        let path = directory.path + "/traces.sqlite"
        try Data("not a database at all".utf8).write(to: URL(filePath: path))
        #expect(throws: StoreError.notADatabase(path: path, reason: "file is not a database")) {
            _ = try TraceStore(directory: directory.path)
        }
    }

    @Test func `a directory is used by one collector at a time`() throws {
        do {
            let first = try StoreLock(directory: directory.path)
            #expect(throws: StoreError.inUse(path: directory.path)) { _ = try StoreLock(directory: directory.path) }
            _ = consume first
        }
        _ = try StoreLock(directory: directory.path)
    }

    @Test func `a database of a newer version is refused`() throws {
        do {
            let store = try TraceStore(directory: directory.path)
            _ = try store.checkpoint()
        }
        let database = try SQLiteDatabase(path: directory.path + "/traces.sqlite", .readWrite)
        try database.execute("PRAGMA user_version = 99")
        #expect(
            throws: StoreError.schemaTooNew(path: directory.path + "/traces.sqlite", found: 99, supported: 1)
        ) {
            _ = try TraceStore(directory: directory.path)
        }
    }
}
