import Compression
import Testing

@testable import TraceCollector

@Suite struct OTLPReceiverTests {
    private func request(
        method: String = "POST", path: String = "/v1/traces", type: String? = "application/x-protobuf",
        encoding: String? = nil, body: [UInt8] = []
    ) -> ExportRequest {
        ExportRequest(method: method, path: path, contentType: type, contentEncoding: encoding, body: body)
    }

    @Test(arguments: ["/v1/traces", "/"])
    func `takes both paths`(_ path: String) throws {
        #expect(try OTLPReceiver.message(of: request(path: path, body: [1, 2]), limit: 10) == [1, 2])
    }

    @Test(arguments: ["application/x-protobuf", "Application/X-Protobuf; charset=utf-8", "application/x-protobuf;v=1"])
    func `takes the media type in any case and with parameters`(_ type: String) throws {
        #expect(try OTLPReceiver.message(of: request(type: type, body: [7]), limit: 10) == [7])
    }

    @Test(
        arguments: [
            ("GET", "/v1/traces", "application/x-protobuf", nil, ExportRefusal.methodNotAllowed, 405),
            ("POST", "/v1/metrics", "application/x-protobuf", nil, .unknownPath, 404),
            ("POST", "/v1/traces", nil, nil, .mediaType, 415),
            ("POST", "/v1/traces", "application/json", nil, .mediaType, 415),
            ("POST", "/v1/traces", "application/x-protobuf", "br", .contentEncoding, 415),
            ("POST", "/v1/traces", "application/x-protobuf", "gzip", .corruptCompression, 400),
        ] as [(String, String, String?, String?, ExportRefusal, Int)])
    func `refuses with the exact status`(
        _ method: String, _ path: String, _ type: String?, _ encoding: String?, _ refusal: ExportRefusal, _ status: Int
    ) {
        let request = request(method: method, path: path, type: type, encoding: encoding, body: [1, 2, 3])
        #expect(throws: refusal) { try OTLPReceiver.message(of: request, limit: 10) }
        #expect(refusal.response.status == status)
    }

    @Test func `the limit holds before and after inflating`() throws {
        let large = [UInt8](repeating: 7, count: 1_000)
        let packed = Gzip.compress(large)
        #expect(try OTLPReceiver.message(of: request(encoding: "gzip", body: packed), limit: 1_000) == large)
        for body in [packed, [UInt8](repeating: 0, count: 1_000)] {
            let encoding = body == packed ? "gzip" : nil
            #expect(throws: ExportRefusal.bodyTooLarge(limit: 999)) {
                try OTLPReceiver.message(of: request(encoding: encoding, body: body), limit: 999)
            }
        }
        #expect(ExportRefusal.bodyTooLarge(limit: 999).response.status == 413)
    }

    @Test func `an error is a google rpc Status`() {
        let response = ExportRefusal.malformed(.truncated).response
        #expect(response.status == 400)
        #expect(response.headers == [ExportResponse.Header(name: "Content-Type", value: "application/x-protobuf")])
        #expect(
            response.body
                == WireBuilder {
                    $0.number(1, 3)
                    $0.text(2, "protobuf message ends inside a field")
                }.bytes)
    }

    @Test func `pressure is 503 with Retry-After, a wrong method names the right one`() {
        let overloaded = ExportRefusal.overloaded(retryAfterSeconds: 7).response
        #expect(overloaded.status == 503)
        #expect(overloaded.headers.last == ExportResponse.Header(name: "Retry-After", value: "7"))
        #expect(overloaded.body.prefix(2) == [0x08, 14])
        #expect(
            ExportRefusal.methodNotAllowed.response.headers.last == ExportResponse.Header(name: "Allow", value: "POST"))
    }

    @Test func `full success is an empty message, partial success counts and explains`() {
        #expect(OTLPReceiver.response(leavingOut: SpanRejections()).body == [])
        let partial = OTLPReceiver.response(leavingOut: SpanRejections(traceIDs: 2, parentIDs: 1))
        #expect(partial.status == 200)
        let expected = WireBuilder {
            $0.message(1) {
                $0.number(1, 3)
                $0.text(
                    2,
                    "2 spans had a trace_id that is not 16 bytes or all zeros; "
                        + "1 spans had a parent_span_id that is neither empty nor 8 bytes")
            }
        }.bytes
        #expect(partial.body == expected)
    }
}
