import Testing

@testable import TraceCollector

@Suite struct OTLPReaderTests {
    private func read(_ bytes: [UInt8]) throws(WireError) -> SpanBatch {
        var batch = SpanBatch()
        try OTLPReader.read(bytes.span, into: &batch)
        return batch
    }

    private func text(_ bytes: [UInt8], _ range: ByteRange) -> String {
        String(decoding: bytes[range.range], as: UTF8.self)
    }

    private func request(span: [UInt8]) -> [UInt8] {
        WireBuilder { $0.message(1) { $0.message(2) { $0.blob(2, span) } } }.bytes
    }

    @Test func `reads every field that joining and signals need`() throws {
        var span = FixtureSpan(trace: TraceKeyFixture(high: 0x0102, low: 0x0304), spanID: 0xA1B2, parentID: 0xC3)
        span.name = "GET /cart"
        span.kind = 3
        span.status = 2
        span.attributes = [("http.route", .string("/cart")), ("peer.service", .string("cart"))]
        let bytes = exportRequest(service: "web", [span])
        let batch = try read(bytes)
        let record = try #require(batch.spans.first)
        #expect(batch.spans.count == 1)
        #expect(record.trace == TraceKey(high: 0x0102, low: 0x0304))
        #expect(record.spanID == 0xA1B2)
        #expect(record.parentID == 0xC3)
        #expect(text(bytes, record.name) == "GET /cart")
        #expect(record.kind == .client)
        #expect(record.status == .error)
        #expect(record.duration == 1_000_000)
        #expect(record.peerRank == .service)
        #expect(text(bytes, record.peer) == "cart")
        #expect(text(bytes, batch.resources[0].serviceName) == "web")
        #expect(Array(bytes[record.body.range]) == span.message)
    }

    @Test func `an empty request is a request without spans`() throws {
        #expect(try read([]).spans.isEmpty)
    }

    @Test(arguments: [
        ("a varint", WireBuilder { $0.number(77, 300) }.bytes),
        ("a fixed64", WireBuilder { $0.fixed64(77, 1) }.bytes),
        ("a fixed32", WireBuilder { $0.fixed32(77, 1) }.bytes),
        ("a blob", WireBuilder { $0.blob(77, [1, 2, 3]) }.bytes),
        (
            "nested groups",
            WireBuilder {
                $0.key(77, 3)
                $0.number(1, 5)
                $0.key(2, 3)
                $0.blob(9, [1])
                $0.key(2, 4)
                $0.key(77, 4)
            }.bytes
        ),
        ("a known field with another wire type", WireBuilder { $0.number(5, 1) }.bytes),
    ])
    func `passes over unknown fields`(_ name: String, _ unknown: [UInt8]) throws {
        var span = FixtureSpan()
        span.extra = unknown
        let bytes = WireBuilder { request in
            request.message(1) { resourceSpans in
                resourceSpans.message(2) { scopeSpans in
                    scopeSpans.blob(2, span.message)
                    scopeSpans.raw(unknown)
                }
                resourceSpans.raw(unknown)
            }
            request.raw(unknown)
        }.bytes
        #expect(try read(bytes).spans.map(\.spanID) == [1])
    }

    @Test func `takes fields in any order, the resource last of all`() throws {
        let bytes = WireBuilder { request in
            request.message(1) { resourceSpans in
                resourceSpans.message(2) { scopeSpans in
                    scopeSpans.blob(
                        2,
                        WireBuilder { span in
                            span.fixed64(8, 9)
                            span.fixed64(7, 4)
                            span.number(6, 2)
                            span.text(5, "late")
                            span.blob(2, bigEndian(7))
                            span.blob(1, bigEndian(0) + bigEndian(3))
                        }.bytes)
                    scopeSpans.message(1) { $0.text(1, "lib") }
                }
                resourceSpans.message(1) { resource in
                    resource.message(1) { pair in
                        pair.blob(2, FixtureValue.string("svc").message)
                        pair.text(1, "service.name")
                    }
                }
            }
        }.bytes
        let batch = try read(bytes)
        #expect(batch.spans[0].kind == .server)
        #expect(batch.spans[0].duration == 5)
        #expect(text(bytes, batch.resources[0].serviceName) == "svc")
    }

    @Test func `the last of repeated scalars wins and repeated messages merge`() throws {
        var span = FixtureSpan()
        span.status = 2
        span.extra =
            WireBuilder {
                $0.text(5, "renamed")
                $0.number(6, 2)
                $0.message(15) { $0.text(2, "a message leaves the code alone") }
            }.bytes
        let bytes = request(span: span.message)
        let record = try read(bytes).spans[0]
        #expect(text(bytes, record.name) == "renamed")
        #expect(record.kind == .server)
        #expect(record.status == .error)
    }

    @Test func `a resource in two pieces is the concatenation of both`() throws {
        func resource(_ key: String, _ value: String) -> [UInt8] {
            WireBuilder {
                $0.message(1) {
                    $0.text(1, key)
                    $0.blob(2, FixtureValue.string(value).message)
                }
            }.bytes
        }
        let first = resource("service.name", "web")
        let second = resource("host.name", "h1")
        let bytes = WireBuilder { request in
            request.message(1) {
                $0.blob(1, first)
                $0.message(2) { $0.blob(2, FixtureSpan().message) }
                $0.blob(1, second)
            }
        }.bytes
        let batch = try read(bytes)
        var origins = OriginTable()
        let origin = origins.origin(of: batch.scopes[0], in: batch, bytes.span)
        #expect(origin.resource == first + second)
        #expect(origin.serviceName == Array("web".utf8))
    }

    @Test(arguments: [
        (WireBuilder { $0.blob(1, [UInt8](repeating: 0, count: 16)) }.bytes, 1, 0, 0),
        (WireBuilder { $0.blob(1, [UInt8](repeating: 1, count: 15)) }.bytes, 1, 0, 0),
        (WireBuilder { $0.blob(1, []) }.bytes, 1, 0, 0),
        (WireBuilder { $0.blob(2, [UInt8](repeating: 0, count: 8)) }.bytes, 0, 1, 0),
        (WireBuilder { $0.blob(2, [UInt8](repeating: 1, count: 9)) }.bytes, 0, 1, 0),
        (WireBuilder { $0.blob(4, [UInt8](repeating: 1, count: 7)) }.bytes, 0, 0, 1),
        (WireBuilder { $0.blob(4, [UInt8](repeating: 0, count: 8)) }.bytes, 0, 0, 0),
    ])
    func `rejects a span with an invalid id and keeps its neighbours`(
        _ identity: [UInt8], _ traceIDs: Int, _ spanIDs: Int, _ parents: Int
    ) throws {
        var odd = FixtureSpan()
        odd.extra = identity
        let batch = try read(exportRequest([FixtureSpan(spanID: 5), odd, FixtureSpan(spanID: 6)]))
        #expect(batch.rejections.traceIDs == traceIDs)
        #expect(batch.rejections.spanIDs == spanIDs)
        #expect(batch.rejections.parentIDs == parents)
        #expect(batch.spans.count == 3 - traceIDs - spanIDs - parents)
    }

    @Test func `a span that ends before it starts has no duration and is kept`() throws {
        let batch = try read(exportRequest([FixtureSpan(start: 10, end: 4)]))
        #expect(batch.spans[0].duration == 0)
        #expect(batch.spans[0].start == 10)
    }

    @Test func `unknown kinds and statuses read as unspecified and unset`() throws {
        var span = FixtureSpan(kind: 99)
        span.status = 7
        let record = try read(exportRequest([span])).spans[0]
        #expect(record.kind == .unspecified)
        #expect(record.status == .unset)
    }

    @Test(arguments: [
        (WireError.truncated, [0x0A] as [UInt8]),
        (.truncated, [0x0A, 0x05, 0x00]),
        (.truncated, [0x39, 0x01]),
        (.truncated, [0x80]),
        (.varintTooLong, [0x08] + [UInt8](repeating: 0xFF, count: 10) + [0x01]),
        (.invalidKey, [0x00]),
        (.invalidKey, [0x0E]),
        (.invalidKey, [0xF8, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00]),
        (.unbalancedGroup, [0x0C]),
        (.unbalancedGroup, [0x0B, 0x14]),
        (.truncated, [0x0B, 0x08]),
    ])
    func `refuses what is not protobuf`(_ error: WireError, _ bytes: [UInt8]) {
        #expect(throws: error) { try read(bytes) }
    }

    @Test func `refuses values and groups nested beyond the limit, and takes those at it`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            var value = FixtureValue.int(1)
            for _ in 0..<depth { value = .array([value]) }
            var span = FixtureSpan()
            span.attributes = [("deep", value)]
            return exportRequest([span])
        }
        #expect(try read(nested(Limits.nestingDepth)).spans.count == 1)
        #expect(throws: WireError.nestedTooDeep) { try read(nested(Limits.nestingDepth + 1)) }
        #expect(throws: WireError.nestedTooDeep) { try read([UInt8](repeating: 0x0B, count: 100_000)) }
    }

    @Test func `every proper prefix of a request is refused or is the request without its last resource`() throws {
        var span = FixtureSpan()
        span.attributes = [("a", .list(["b": .array([.int(-1), .double(2.5), .bool(true), .bytes([1, 2])])]))]
        let one = exportRequest([span])
        let bytes = one + one
        for length in 0..<bytes.count {
            let prefix = Array(bytes[..<length])
            if length == 0 || length == one.count {
                #expect(try read(prefix).spans.count == length / one.count)
            } else {
                #expect(throws: WireError.truncated) { try read(prefix) }
            }
        }
    }
}
