import Bytes
import CProtobuf
import Testing

@testable import Tracing

@Suite("The OTLP encoder")
struct OTLPEncoderTests {
    private let resource = TelemetryResource(
        serviceName: "checkout", serviceInstanceID: "checkout-1:4143", serviceVersion: "0.1.0")

    private func context(
        traceID: TraceID = traceID, spanID: SpanID = spanID, parent: SpanID = .absent, state: String = ""
    ) -> TraceContext {
        var context = hop(.none)
        context.traceID = traceID
        context.spanID = spanID
        context.parentSpanID = parent
        context.traceState = unsafe TraceState(Array(state.utf8).span.bytes)
        return context
    }

    private var bare: SpanRecord {
        var record = SpanRecord(
            context: context(), kind: .server, name: "GET", startUnixNanoseconds: 1, endUnixNanoseconds: 2)
        record.flags = []
        return record
    }

    private var full: [SpanRecord] {
        var first = SpanRecord(
            context: context(parent: SpanID(0x00f0_67aa_0ba9_02b7), state: "ot=th:fd70a4, vendor=x"), kind: .client,
            name: "POST /cart/{id}", startUnixNanoseconds: 1_767_225_600_123_456_789,
            endUnixNanoseconds: 1_767_225_601_000_000_001)
        first.status = .error
        first.attributes = [
            SpanAttribute(.httpRequestMethod, .string("POST")),
            SpanAttribute(.httpResponseStatusCode, .integer(503)),
            SpanAttribute(.urlPath, .string("/cart/größe-😀")),
            SpanAttribute(.serverPort, .integer(65535)),
            SpanAttribute(.httpRequestResendCount, .integer(.min)),
            SpanAttribute(.martletReason, .string("")),
            SpanAttribute(.networkPeerPort, .boolean(true)),
            SpanAttribute(.userAgentOriginal, .string(String(repeating: "x", count: 300))),
            SpanAttribute(.errorType, .double(0.1)),
            SpanAttribute(.networkProtocolVersion, .boolean(false)),
            SpanAttribute(.urlScheme, .integer(0)),
        ]
        var second = SpanRecord(
            context: context(traceID: TraceID(high: .max, low: .max), spanID: SpanID(1)), kind: .internal, name: "",
            startUnixNanoseconds: .max, endUnixNanoseconds: .max)
        second.status = .ok
        second.flags = []
        return [first, second]
    }

    private func encode(_ spans: [SpanRecord], with encoder: inout OTLPEncoder) -> [UInt8] {
        for span in spans { encoder.append(span) }
        var bytes: [UInt8] = []
        encoder.finish { head, spans in
            bytes = [UInt8](head) + [UInt8](spans)
        }
        return bytes
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test("writes what the OpenTelemetry project's library writes, byte by byte, request after request")
    func golden() {
        var encoder = OTLPEncoder(resource: resource)
        for _ in 0..<3 {
            #expect(hexadecimal(encode([bare], with: &encoder)) == Golden.bareRequest)
            #expect(hexadecimal(encode(full, with: &encoder)) == Golden.fullRequest)
        }
    }

    @Test("counts what it holds and starts anew after each request")
    func counts() {
        var encoder = OTLPEncoder(resource: resource)
        encoder.append(bare)
        encoder.append(bare)
        let before = (encoder.spanCount, encoder.byteCount)
        _ = encode([], with: &encoder)
        let after = (encoder.spanCount, encoder.byteCount)
        #expect(before == (2, 2 * 61) && after == (0, 0))
    }

    @Test("leaves attributes without a value out of the resource")
    func emptyResourceAttributes() {
        let nameless = TelemetryResource(serviceName: "a", serviceInstanceID: "", serviceVersion: "")
        #expect(nameless.attributes.map(\.key) == [.serviceName, .telemetrySDKName, .telemetrySDKLanguage])
    }

    @Test("sends 64 attributes and counts the rest")
    func attributeLimit() throws {
        var record = bare
        record.attributes = (0..<70).map { SpanAttribute(.serverPort, .integer($0)) }
        var encoder = OTLPEncoder(resource: resource)
        let request = try #require(OracleRequest(encode([record], with: &encoder)))
        #expect(request.spans.map(\.attributeCount) == [64])
        #expect(request.spans.map(\.droppedAttributeCount) == [6])
    }

    @Test("never writes past the room it asked for: the longest attribute names and numbers fit its bound")
    func sizeBound() throws {
        #expect(AttributeKey.allCases.map { $0.name.utf8CodeUnitCount }.max() ?? 0 <= AttributeKey.longestName)
        var record = full[0]
        record.attributes = (0..<100).map { _ in SpanAttribute(.httpRequestMethodOriginal, .integer(.min)) }
        var encoder = OTLPEncoder(resource: resource)
        let request = try #require(OracleRequest(encode([record], with: &encoder)))
        #expect(request.spans.map(\.attributeCount) == [64])
    }

    @Test("grows with long text and keeps later spans intact, a NUL read as a space")
    func longText() throws {
        var long = bare
        long.name = String(repeating: "long ", count: 50_000)
        var odd = bare
        odd.name = "a\0b"
        var encoder = OTLPEncoder(resource: resource)
        let request = try #require(OracleRequest(encode([bare, long, odd, bare], with: &encoder)))
        #expect(request.spans.map(\.name) == ["GET", long.name, "a b", "GET"])
    }

    @Test("frames requests of any length so that libprotobuf-c reads every span back")
    func framing() throws {
        var encoder = OTLPEncoder(resource: resource)
        for count in [0, 1, 2, 100, 300, 512] {
            let request = try #require(OracleRequest(encode(Array(repeating: bare, count: count), with: &encoder)))
            #expect(request.spans.count == count)
            #expect(request.resourceAttributeCount == 6)
        }
    }
}

/// A request as libprotobuf-c reads it.
private struct OracleRequest {
    struct Span {
        var name: String
        var attributeCount: Int
        var droppedAttributeCount: UInt32
    }

    var spans: [Span] = []
    var resourceAttributeCount = 0

    init?(_ bytes: [UInt8]) {
        guard
            let request =
                unsafe opentelemetry__proto__collector__trace__v1__export_trace_service_request__unpack(
                    nil, bytes.count, bytes)
        else { return nil }
        defer {
            unsafe opentelemetry__proto__collector__trace__v1__export_trace_service_request__free_unpacked(request, nil)
        }
        guard unsafe request.pointee.n_resource_spans == 1, let group = unsafe request.pointee.resource_spans[0],
            unsafe group.pointee.n_scope_spans == 1, let scope = unsafe group.pointee.scope_spans[0]
        else { return nil }
        resourceAttributeCount = unsafe group.pointee.resource.pointee.n_attributes
        for index in 0..<(unsafe scope.pointee.n_spans) {
            guard let span = unsafe scope.pointee.spans[index] else { return nil }
            spans.append(
                Span(
                    name: unsafe String(cString: span.pointee.name), attributeCount: unsafe span.pointee.n_attributes,
                    droppedAttributeCount: unsafe span.pointee.dropped_attributes_count))
        }
    }
}
