import CProtobuf
import Testing

@testable import TraceCollector

/// libprotobuf-c's generated code is the oracle: what it accepts must be accepted, and read the same.
@Suite struct ProtobufDifferentialTests {
    private struct OracleSpan: Equatable {
        var traceID: [UInt8]
        var spanID: [UInt8]
        var parentID: [UInt8]
        var name: [UInt8]
        var start: UInt64
        var end: UInt64
    }

    private func oracle(_ bytes: [UInt8]) -> [OracleSpan]? {
        guard
            let request = unsafe bytes.withUnsafeBufferPointer({
                unsafe opentelemetry__proto__collector__trace__v1__export_trace_service_request__unpack(
                    nil, $0.count, $0.baseAddress)
            })
        else { return nil }
        defer {
            unsafe opentelemetry__proto__collector__trace__v1__export_trace_service_request__free_unpacked(request, nil)
        }
        var spans: [OracleSpan] = []
        for resource in 0..<(unsafe request.pointee.n_resource_spans) {
            let resourceSpans = unsafe request.pointee.resource_spans[resource]!
            for scope in 0..<(unsafe resourceSpans.pointee.n_scope_spans) {
                let scopeSpans = unsafe resourceSpans.pointee.scope_spans[scope]!
                for index in 0..<(unsafe scopeSpans.pointee.n_spans) {
                    spans.append(unsafe read(scopeSpans.pointee.spans[index]!.pointee))
                }
            }
        }
        return spans
    }

    private func read(_ span: Opentelemetry__Proto__Trace__V1__Span) -> OracleSpan {
        OracleSpan(
            traceID: unsafe bytes(span.trace_id), spanID: unsafe bytes(span.span_id),
            parentID: unsafe bytes(span.parent_span_id),
            name: unsafe Array(String(cString: span.name).utf8), start: unsafe span.start_time_unix_nano,
            end: unsafe span.end_time_unix_nano)
    }

    private func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: data.data, count: data.len))
    }

    private func isValid(_ span: OracleSpan) -> Bool {
        span.traceID.count == 16 && span.traceID.contains { $0 != 0 }
            && span.spanID.count == 8 && span.spanID.contains { $0 != 0 }
            && (span.parentID.isEmpty || span.parentID.count == 8)
    }

    private func compare(_ bytes: [UInt8]) {
        guard let expected = oracle(bytes) else { return }
        var batch = SpanBatch()
        do {
            try OTLPReader.read(bytes.span, into: &batch)
        } catch WireError.invalidKey {
            // libprotobuf-c lets field number 0 pass, which the encoding rules forbid.
            return
        } catch {
            Issue.record("libprotobuf-c accepts what we refuse with \(error): \(bytes)")
            return
        }
        let valid = expected.filter(isValid)
        #expect(batch.spans.count == valid.count)
        #expect(batch.rejections.total == expected.count - valid.count)
        for (record, span) in zip(batch.spans, valid) {
            #expect(bigEndian(record.trace.high) + bigEndian(record.trace.low) == span.traceID)
            #expect(bigEndian(record.spanID) == span.spanID)
            #expect(bigEndian(record.parentID) == (span.parentID.isEmpty ? bigEndian(0) : span.parentID))
            // The oracle hands out C strings, which end at the first NUL.
            let name = String(decoding: bytes[record.name.range].prefix { $0 != 0 }, as: UTF8.self)
            #expect(Array(name.utf8) == span.name)
            #expect(record.start == span.start)
            #expect(record.end == span.end)
        }
    }

    private func randomRequest(_ random: inout SplitMix) -> [UInt8] {
        let spans = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            var span = FixtureSpan(
                trace: TraceKeyFixture(high: random.next(), low: random.next()), spanID: random.next(),
                parentID: Bool.random(using: &random) ? random.next() : 0)
            span.name = "n\(random.next() % 100)"
            span.kind = Int(random.next() % 6)
            span.start = random.next()
            span.end = random.next()
            span.status = Int(random.next() % 3)
            span.attributes = (0..<Int(random.next() % 5)).map { ("k\($0)", randomValue(&random, depth: 0)) }
            if random.next() % 3 == 0 {
                span.extra =
                    WireBuilder {
                        $0.message(11) { event in
                            event.fixed64(1, 5)
                            event.text(2, "event")
                        }
                        $0.message(13) { link in link.blob(1, bigEndian(1) + bigEndian(2)) }
                        $0.fixed32(16, 0x301)
                        $0.text(3, "ot=th:8")
                        $0.number(900, 4)
                    }.bytes
            }
            return span
        }
        return exportRequest(spans)
    }

    private func randomValue(_ random: inout SplitMix, depth: Int) -> FixtureValue {
        switch random.next() % (depth < 3 ? 8 : 6) {
        case 0: .string("v\(random.next())")
        case 1: .bool(true)
        case 2: .int(Int64(bitPattern: random.next()))
        case 3: .double(Double(random.next()))
        case 4: .bytes([1, 2, 3])
        case 5: .empty
        case 6: .array([randomValue(&random, depth: depth + 1), .int(1)])
        default: .list(["x": randomValue(&random, depth: depth + 1)])
        }
    }

    @Test func `reads random requests as libprotobuf-c does`() {
        var random = SplitMix(state: 11)
        for _ in 0..<500 { compare(randomRequest(&random)) }
    }

    @Test func `accepts every damaged request that libprotobuf-c accepts, and reads it the same`() {
        var random = SplitMix(state: 12)
        for _ in 0..<3_000 {
            var bytes = randomRequest(&random)
            guard !bytes.isEmpty else { continue }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch random.next() % 3 {
                case 0: bytes[position] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[position] ^= 1 << UInt8(random.next() % 8)
                default: if bytes.count > 1 { bytes.remove(at: position) }
                }
            }
            compare(bytes)
        }
    }
}
