import CollectorBench
import Testing
import TraceCollector

@Suite("The benchmark's load")
struct SpanLoadTests {
    private struct Seen {
        var spans: [SpanRecord] = []
        var pairsPerSpan: [[(key: String, value: String)]] = []
        var services: Set<String> = []
    }

    private func read(_ batches: [SpanLoad.Batch]) throws -> Seen {
        var seen = Seen()
        for batch in batches {
            let bytes = batch.request.span
            var read = SpanBatch()
            try OTLPReader.read(bytes, into: &read)
            #expect(read.spans.count == batch.spans)
            #expect(read.rejections == SpanRejections())
            for resource in read.resources { seen.services.insert(text(batch.request, resource.serviceName)) }
            for span in read.spans {
                seen.spans.append(span)
                seen.pairsPerSpan.append(try attributes(of: span, batch.request))
            }
        }
        return seen
    }

    private func text(_ bytes: [UInt8], _ range: ByteRange) -> String {
        String(decoding: bytes[range.range], as: UTF8.self)
    }

    private func attributes(of span: SpanRecord, _ request: [UInt8]) throws -> [(key: String, value: String)] {
        let bytes = request.span
        var pairs: [(String, String)] = []
        var cursor = ProtobufCursor(span.body)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            guard key == 0x4A else {
                try cursor.skip(key, bytes)
                continue
            }
            let pair = try KeyValueView.read(bytes, try cursor.delimited(bytes))
            pairs.append((text(request, pair.key), text(request, pair.view.contents)))
        }
        return pairs
    }

    private func batches(_ count: Int, seed: UInt64 = 1) -> [SpanLoad.Batch] {
        var load = SpanLoad(seed: seed, firstStart: 1_700_000_000_000_000_000)
        return (0..<count).map { _ in load.next() } + load.finish()
    }

    @Test("is traces of ten spans: one root, every parent there, children within their parents")
    func traces() throws {
        let seen = try read(batches(40))
        let traces = Dictionary(grouping: seen.spans, by: \.trace)
        #expect(traces.count > 2_000)
        for spans in traces.values {
            #expect(spans.count == 10)
            let byID = Dictionary(uniqueKeysWithValues: spans.map { ($0.spanID, $0) })
            #expect(byID.count == 10)
            #expect(spans.count { $0.parentID == 0 } == 1)
            for span in spans where span.parentID != 0 {
                let parent = try #require(byID[span.parentID])
                #expect(parent.start <= span.start && span.start < span.end && span.end <= parent.end)
            }
        }
        let failed = traces.values.count { $0.contains { $0.status == .error } }
        #expect(failed > 0 && failed * 20 < traces.count)
    }

    @Test("has eleven attributes per span, of 97 keys and 1,000 values")
    func attributes() throws {
        let seen = try read(batches(40))
        for pairs in seen.pairsPerSpan {
            #expect(pairs.count == 11)
            #expect(Set(pairs.map(\.key)).count == 11)
        }
        #expect(Set(seen.pairsPerSpan.joined().map(\.key)).count == 97)
        #expect(Set(seen.pairsPerSpan.joined().map(\.value)).count == 1_000)
        #expect(seen.services.count == 12)
    }

    @Test("spreads a trace over the batches of several senders, 512 spans each")
    func batching() throws {
        var load = SpanLoad(seed: 1, firstStart: 0)
        var requestsOfTrace: [TraceKey: Set<Int>] = [:]
        for number in 0..<60 {
            let batch = load.next()
            #expect(batch.spans == 512)
            for span in try read([batch]).spans { requestsOfTrace[span.trace, default: []].insert(number) }
        }
        #expect(requestsOfTrace.values.count { $0.count > 2 } > requestsOfTrace.count / 2)
    }

    @Test("is the same for the same seed, and another for another")
    func determinism() {
        #expect(batches(3).map(\.request) == batches(3).map(\.request))
        #expect(batches(3).map(\.request) != batches(3, seed: 2).map(\.request))
    }
}
