import Testing

@testable import TraceCollector

@Suite struct BlockTests {
    private func stored(_ traces: [JoinedTrace]) throws -> [[StoredSpan]] {
        var writer = BlockWriter(level: 1)
        for trace in traces { try writer.append(SettledTrace(trace)) }
        let block = writer.finish()
        var reader = try BlockReader(dictionary: block.dictionary, spans: block.spans)
        let read = try reader.read(wants: { _ in true })
        return traces.indices.map { read[$0] ?? [] }
    }

    private func roundTrip(_ spans: [FixtureSpan], service: String = "shop") throws -> [StoredSpan] {
        try stored(try JoinBench.joined([exportRequest(service: service, spans)])).first ?? []
    }

    @Test func `keeps ids, times, kind, status, flags and name`() throws {
        var root = FixtureSpan(spanID: 0xA1)
        root.kind = 2
        root.name = "GET /"
        root.extra = WireBuilder { $0.fixed32(16, 0x301) }.bytes
        var child = FixtureSpan(spanID: 0xB2, parentID: 0xA1, start: 1_000_500_000, end: 1_000_400_000)
        child.kind = 3
        child.status = 2
        var orphan = FixtureSpan(spanID: 0xC3, parentID: 0xFF, start: 1_000_600_000, end: 1_000_600_000)
        orphan.status = 1
        let spans = try roundTrip([orphan, child, root])
        #expect(spans.map(\.spanID) == [0xA1, 0xB2, 0xC3])
        #expect(spans.map(\.parentID) == [0, 0xA1, 0xFF])
        #expect(spans.map(\.start) == [1_000_000_000, 1_000_500_000, 1_000_600_000])
        #expect(spans.map(\.end) == [1_001_000_000, 1_000_400_000, 1_000_600_000])
        #expect(spans.map(\.kind) == [.server, .client, .internal])
        #expect(spans.map(\.status) == [.unset, .error, .ok])
        #expect(spans.map(\.flags) == [0x301, 0, 0])
        #expect(spans[0].name == Array("GET /".utf8))
        #expect(spans[0].origin.serviceName == Array("shop".utf8))
        #expect(spans[0].origin.scopeName == Array("library".utf8))
    }

    @Test func `keeps a parent that starts after its child`() throws {
        let parent = FixtureSpan(spanID: 1, start: 2_000, end: 3_000)
        let child = FixtureSpan(spanID: 2, parentID: 1, start: 1_000, end: 3_000)
        let spans = try roundTrip([parent, child])
        #expect(spans.map(\.spanID) == [2, 1])
        #expect(spans.map(\.parentID) == [1, 0])
    }

    @Test func `keeps attributes of every type, sorted by key`() throws {
        var span = FixtureSpan()
        span.attributes = [
            ("z", .string("last")), ("b", .bool(true)), ("i", .int(-5)), ("d", .double(.nan)), ("e", .empty),
            ("y", .bytes([0, 255])), ("a", .array([.int(1), .string("x")])), ("l", .list(["k": .bool(false)])),
        ]
        let read = try roundTrip([span])[0].attributes
        #expect(read.map { String(decoding: $0.key, as: UTF8.self) } == ["a", "b", "d", "e", "i", "l", "y", "z"])
        let expected: [StoredValue] = [
            .array(
                WireBuilder {
                    $0.blob(1, FixtureValue.int(1).message)
                    $0.blob(1, FixtureValue.string("x").message)
                }.bytes),
            .bool(true), .double(Double.nan.bitPattern), .empty, .int(-5),
            .keyValueList(
                WireBuilder {
                    $0.message(1) {
                        $0.text(1, "k")
                        $0.blob(2, FixtureValue.bool(false).message)
                    }
                }.bytes),
            .bytes([0, 255]), .string(Array("last".utf8)),
        ]
        #expect(read.map(\.value) == expected)
    }

    @Test func `of attributes with one key the last wins, among few and among many`() throws {
        for others in [0, 100] {
            var span = FixtureSpan()
            span.attributes = [("k", .string("first"))]
            for number in 0..<others { span.attributes.append(("other-\(number)", .int(Int64(number)))) }
            span.attributes.append(("k", .string("last")))
            let read = try roundTrip([span])[0].attributes
            #expect(read.count == others + 1)
            #expect(read.filter { $0.key == Array("k".utf8) }.map(\.value) == [.string(Array("last".utf8))])
        }
    }

    @Test func `merges a value that was sent in pieces`() throws {
        var span = FixtureSpan()
        span.extra =
            WireBuilder { span in
                span.message(9) { pair in
                    pair.text(1, "list")
                    pair.blob(2, FixtureValue.array([.int(1)]).message)
                    pair.blob(2, FixtureValue.array([.int(2)]).message)
                }
            }.bytes
        let both = WireBuilder {
            $0.blob(1, FixtureValue.int(1).message)
            $0.blob(1, FixtureValue.int(2).message)
        }.bytes
        #expect(try roundTrip([span])[0].attributes.map(\.value) == [.array(both)])
    }

    @Test func `replaces invalid UTF-8 and keeps the span`() throws {
        var span = FixtureSpan()
        span.extra =
            WireBuilder { span in
                span.blob(5, [0x61, 0xFF, 0x62])
                span.message(9) { pair in
                    pair.blob(1, [0xC3])
                    pair.message(2) { $0.blob(1, [0xE2, 0x82]) }
                }
            }.bytes
        let read = try roundTrip([span])[0]
        #expect(String(decoding: read.name, as: UTF8.self) == "a\u{FFFD}b")
        #expect(
            read.attributes == [StoredAttribute(key: Array("\u{FFFD}".utf8), value: .string(Array("\u{FFFD}".utf8)))])
    }

    @Test func `keeps events, links, state, message and dropped counts`() throws {
        var span = FixtureSpan()
        span.extra =
            WireBuilder { span in
                span.text(3, "ot=th:8")
                span.number(10, 3)
                span.message(11) { event in
                    event.fixed64(1, 1_000_000_005)
                    event.text(2, "retry")
                    event.message(3) {
                        $0.text(1, "n")
                        $0.blob(2, FixtureValue.int(2).message)
                    }
                    event.number(4, 9)
                }
                span.number(12, 4)
                span.message(13) { link in
                    link.blob(1, bigEndian(5) + bigEndian(6))
                    link.blob(2, bigEndian(7))
                    link.text(3, "a=b")
                    link.fixed32(6, 0x101)
                }
                span.number(14, 5)
                span.message(15) {
                    $0.text(2, "broken")
                    $0.number(3, 2)
                }
            }.bytes
        let plain = FixtureSpan(spanID: 2, parentID: 1, start: 1_000_000_001)
        let read = try roundTrip([plain, span])
        #expect(read[0].traceState == Array("ot=th:8".utf8))
        #expect(read[0].statusMessage == Array("broken".utf8))
        #expect(read[0].status == .error)
        #expect(read[0].droppedAttributes == 3)
        #expect(read[0].droppedEvents == 4)
        #expect(read[0].droppedLinks == 5)
        let event = StoredEvent(
            time: 1_000_000_005, name: Array("retry".utf8),
            attributes: [StoredAttribute(key: Array("n".utf8), value: .int(2))], dropped: 9)
        #expect(read[0].events == [event])
        let link = StoredLink(
            trace: TraceKey(high: 5, low: 6), spanID: 7, traceState: Array("a=b".utf8), flags: 0x101, attributes: [],
            dropped: 0)
        #expect(read[0].links == [link])
        #expect(read[1].events.isEmpty)
    }

    @Test func `reads any trace of a block of many, with columns of every mode`() throws {
        var requests: [[UInt8]] = []
        for trace in 0..<UInt64(400) {
            let spans = (1...UInt64(3)).map { id in
                var span = FixtureSpan(
                    trace: TraceKeyFixture(high: 1, low: trace + 1), spanID: id, parentID: id - 1,
                    start: 1_000_000 - trace * 7 + id, end: 2_000_000 + trace)
                span.attributes = [
                    ("constant", .string("same")), ("few", .int(Int64(trace % 7))),
                    ("unique", .string("value-\(trace)-\(id)")),
                ]
                if trace % 2 == 0 { span.attributes.append(("sometimes", .string("s\(trace % 90)"))) }
                return span
            }
            requests.append(exportRequest(spans))
        }
        let joined = try JoinBench.joined(requests)
        let read = try stored(joined)
        #expect(read.count == 400)
        for (trace, spans) in read.enumerated() {
            #expect(spans.map(\.spanID) == [1, 2, 3])
            for span in spans {
                #expect(span.start == 1_000_000 - UInt64(trace) * 7 + span.spanID)
                #expect(span.end == 2_000_000 + UInt64(trace))
                var expected = [
                    StoredAttribute(key: Array("constant".utf8), value: .string(Array("same".utf8))),
                    StoredAttribute(key: Array("few".utf8), value: .int(Int64(trace % 7))),
                ]
                if trace % 2 == 0 {
                    expected.append(
                        StoredAttribute(key: Array("sometimes".utf8), value: .string(Array("s\(trace % 90)".utf8))))
                }
                expected.append(
                    StoredAttribute(
                        key: Array("unique".utf8), value: .string(Array("value-\(trace)-\(span.spanID)".utf8))))
                #expect(span.attributes == expected)
            }
        }
    }

    @Test func `a writer is as good as new after a block`() throws {
        var writer = BlockWriter(level: 1)
        let trace = SettledTrace(try JoinBench.joined([exportRequest([FixtureSpan()])])[0])
        try writer.append(trace)
        let first = writer.finish()
        try writer.append(trace)
        let second = writer.finish()
        #expect(first.dictionary == second.dictionary)
        #expect(first.spans == second.spans)
    }

    @Test func `damage is an error, never a crash`() throws {
        var writer = BlockWriter(level: 1)
        for trace in try JoinBench.joined((1...50).map { exportRequest(fixtureTrace($0, spans: 9).map(\.1)) }) {
            try writer.append(SettledTrace(trace))
        }
        let block = writer.finish()
        var random = SplitMix(state: 5)
        for _ in 0..<2_000 {
            var dictionary = block.dictionary
            var spans = block.spans
            for _ in 0..<3 {
                dictionary[Int(random.next() % UInt64(dictionary.count))] = UInt8(truncatingIfNeeded: random.next())
                spans[Int(random.next() % UInt64(spans.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.next() % 2 == 0 { dictionary = block.dictionary }
            do {
                var reader = try BlockReader(dictionary: dictionary, spans: spans)
                _ = try reader.read(wants: { _ in true })
            } catch {
                continue
            }
        }
    }
}

@Suite struct SettledTraceTests {
    @Test func `any order, duplication and split of the spans settles to the same trace`() throws {
        var random = SplitMix(state: 3)
        for count in [1, 5, 12, 60] {
            let spans = fixtureTrace(9, spans: count)
            let reference = try settle(spans)
            for _ in 0..<20 {
                var shuffled = spans + spans.filter { _ in random.next() % 3 == 0 }
                shuffled.shuffle(using: &random)
                #expect(try settle(shuffled) == reference)
            }
        }
    }

    @Test func `of different spans with one identity the longer message stays, in any order`() throws {
        var long = FixtureSpan(spanID: 4)
        long.attributes = [("k", .string("v"))]
        let short = FixtureSpan(spanID: 4, start: 5)
        for filler in [0, 40] {
            let others = (0..<filler).map { FixtureSpan(spanID: UInt64(100 + $0)) }
            for order in [[long, short], [short, long], [short, long, short]] {
                let trace = SettledTrace(try JoinBench.joined([exportRequest(others + order)])[0])
                #expect(trace.duplicates == order.count - 1)
                #expect(trace.spans.filter { $0.spanID == 4 }.map(\.start) == [long.start])
            }
        }
    }

    @Test func `a client and a server span that share an id are both kept`() throws {
        let trace = SettledTrace(
            try JoinBench.joined([exportRequest([FixtureSpan(spanID: 4, kind: 3), FixtureSpan(spanID: 4, kind: 2)])])[0]
        )
        #expect(trace.spans.map(\.kind) == [.server, .client])
        #expect(trace.duplicates == 0)
    }

    /// The stored form, so that arenas of different layout compare equal.
    private func settle(_ spans: [(String, FixtureSpan)]) throws -> [StoredSpan] {
        let joined = try JoinBench.joined(spans.map { exportRequest(service: $0.0, [$0.1]) })
        var writer = BlockWriter(level: 1)
        try writer.append(SettledTrace(joined[0]))
        let block = writer.finish()
        var reader = try BlockReader(dictionary: block.dictionary, spans: block.spans)
        return try reader.read(wants: { _ in true })[0] ?? []
    }
}
