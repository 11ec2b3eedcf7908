import CollectorBench
import Compression
import EventLoop
import Foundation
import Testing

/// What a sender reads on the wire (opentelemetry-proto 1.11, OTLP/HTTP), from the real process.
@Suite("OTLP over HTTP, as bytes")
struct OTLPExchangeTests {
    private let directory: TemporaryDirectory
    private let collector: CollectorProcess

    init() throws {
        directory = try TemporaryDirectory()
        collector = try CollectorProcess(
            executable: try CollectorProgram.collector(), data: directory.path + "/data", log: directory.path + "/log")
    }

    private func exchange(_ head: String, _ body: [UInt8] = [], length: Int? = nil) throws -> RawExchange {
        var lines = head
        if let length { lines += "Content-Length: \(length)\r\n" }
        return try RawExchange([Array((lines + "Connection: close\r\n\r\n").utf8), body], to: collector.otlp)
    }

    private func post(_ body: [UInt8], _ fields: String = "", path: String = "/v1/traces") throws -> RawExchange {
        try exchange(
            "POST \(path) HTTP/1.1\r\nHost: collector\r\nContent-Type: application/x-protobuf\r\n\(fields)", body,
            length: body.count)
    }

    private func expectStatus(
        _ answer: RawExchange, _ status: Int, code: UInt64, _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.status == status, sourceLocation: sourceLocation)
        #expect(answer.field("content-type") == "application/x-protobuf", sourceLocation: sourceLocation)
        let error = try DecodedMessage(answer.body)
        #expect(error.numbers == [1: code], sourceLocation: sourceLocation)
        #expect(error.text(2) == message, sourceLocation: sourceLocation)
    }

    /// A span message with the given ids.
    private func request(traceID: [UInt8], spanID: [UInt8], parentID: [UInt8] = []) -> [UInt8] {
        func field(_ key: UInt8, _ content: [UInt8]) -> [UInt8] { [key, UInt8(content.count)] + content }
        var span = field(0x0A, traceID) + field(0x12, spanID)
        if !parentID.isEmpty { span += field(0x22, parentID) }
        return field(0x0A, field(0x12, field(0x12, span + field(0x2A, Array("op".utf8)))))
    }

    private let traceID = [UInt8](repeating: 7, count: 16)
    private let spanID = [UInt8](repeating: 8, count: 8)

    @Test("a good request is 200 with an empty message of the request's type")
    func accepted() throws {
        for path in ["/v1/traces", "/"] {
            let answer = try post(request(traceID: traceID, spanID: spanID), path: path)
            #expect(answer.status == 200)
            #expect(answer.field("content-type") == "application/x-protobuf")
            #expect(answer.body == [])
        }
        let empty = try post([])
        #expect(empty.status == 200)
        #expect(empty.body == [])
    }

    @Test("takes gzip, also in capitals, identity, parameters of the type, and a chunked body")
    func encodings() throws {
        let body = request(traceID: traceID, spanID: spanID)
        #expect(try post(Gzip.compress(body), "Content-Encoding: gzip\r\n").status == 200)
        #expect(try post(Gzip.compress(body), "Content-Encoding: GZIP\r\n").status == 200)
        #expect(try post(body, "Content-Encoding: identity\r\n").status == 200)
        let head = "POST /v1/traces HTTP/1.1\r\nHost: c\r\nContent-Type: Application/X-Protobuf; charset=utf-8\r\n"
        #expect(try exchange(head, body, length: body.count).status == 200)
        let chunked = Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
        #expect(try exchange(head + "Transfer-Encoding: chunked\r\n", chunked).status == 200)
    }

    @Test("spans with invalid ids are rejected one by one, and the sender is told which")
    func partialSuccess() throws {
        let good = request(traceID: traceID, spanID: spanID)
        let bad = [
            request(traceID: [1, 2, 3], spanID: spanID),
            request(traceID: [UInt8](repeating: 0, count: 16), spanID: spanID),
            request(traceID: traceID, spanID: [UInt8](repeating: 0, count: 8)),
            request(traceID: traceID, spanID: spanID, parentID: [1]),
        ]
        let answer = try post(good + bad.joined())
        #expect(answer.status == 200)
        let partial = try DecodedMessage(try #require(try DecodedMessage(answer.body).blobs[1]))
        #expect(partial.numbers == [1: 4])
        #expect(
            partial.text(2) == "2 spans had a trace_id that is not 16 bytes or all zeros; "
                + "1 spans had a span_id that is not 8 bytes or all zeros; "
                + "1 spans had a parent_span_id that is neither empty nor 8 bytes")
    }

    @Test("what is malformed is 400 and not to be repeated")
    func malformed() throws {
        try expectStatus(try post([0x0A, 5, 1]), 400, code: 3, "protobuf message ends inside a field")
        try expectStatus(
            try post([1, 2, 3], "Content-Encoding: gzip\r\n"), 400, code: 3, "the gzip data is corrupt")
        let cut = Array(Gzip.compress(request(traceID: traceID, spanID: spanID)).dropLast(5))
        try expectStatus(try post(cut, "Content-Encoding: gzip\r\n"), 400, code: 3, "the gzip data is corrupt")
        let head = "POST /v1/traces HTTP/1.1\r\nHost: c\r\nContent-Type: application/x-protobuf\r\n"
        try expectStatus(
            try exchange(head + "Transfer-Encoding: chunked\r\n", Array("zz\r\n".utf8)), 400, code: 3,
            "malformed chunked body")
    }

    @Test("another path is 404, another method 405 with Allow, another type or encoding 415")
    func refused() throws {
        try expectStatus(try post([], path: "/v1/metrics"), 404, code: 5, "traces are received at /v1/traces")
        for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
            let answer = try exchange("\(method) /v1/traces HTTP/1.1\r\nHost: c\r\n")
            try expectStatus(answer, 405, code: 12, "traces are received by POST")
            #expect(answer.field("allow") == "POST")
        }
        let head = "POST /v1/traces HTTP/1.1\r\nHost: c\r\n"
        for type in ["", "Content-Type: application/json\r\n", "Content-Type: application/x-protobuf2\r\n"] {
            try expectStatus(
                try exchange(head + type, [1], length: 1), 415, code: 3, "only application/x-protobuf is received")
        }
        for encoding in ["br", "zstd", "gzip, gzip", "deflate"] {
            try expectStatus(
                try post([1], "Content-Encoding: \(encoding)\r\n"), 415, code: 3,
                "only gzip and identity are known content encodings")
        }
    }

    @Test("64 MiB are taken, one byte more is 413: announced, chunked, and inflated")
    func sizes() throws {
        let limit = 64 << 20
        let message = "the body is larger than \(limit) bytes"
        // Field 15 of the request, which no reader knows: key, length in four bytes, zeros.
        let padded: (Int) -> [UInt8] = { size in
            let length = size - 5
            let digits = (0..<4).map { UInt8(length >> (7 * $0) & 0x7F) | ($0 < 3 ? 0x80 : 0) }
            return [0x7A] + digits + [UInt8](repeating: 0, count: length)
        }
        let whole = padded(limit)
        #expect(try post(whole).status == 200)
        #expect(try post(Gzip.compress(whole), "Content-Encoding: gzip\r\n").status == 200)
        let bomb = Gzip.compress(padded(limit + 1))
        #expect(bomb.count < 1 << 20)
        try expectStatus(
            try post(bomb, "Content-Encoding: gzip\r\n"), 413, code: 8,
            "the request is larger than \(limit) bytes after decompression")
        let head = "POST /v1/traces HTTP/1.1\r\nHost: c\r\nContent-Type: application/x-protobuf\r\n"
        try expectStatus(try exchange(head, length: limit + 1), 413, code: 8, message)
        let chunk = Array("4000001\r\n".utf8) + [UInt8](repeating: 0, count: limit + 1)
        try expectStatus(try exchange(head + "Transfer-Encoding: chunked\r\n", chunk), 413, code: 8, message)
    }

    @Test("what HTTP itself refuses has an OTLP body too")
    func transport() throws {
        let answer = try exchange("POST /v1/traces HTTP/1.1\r\nHost: c\r\nContent-Length: 1\r\nContent-Length: 2\r\n")
        #expect(answer.status == 400)
        #expect(answer.field("content-type") == "application/x-protobuf")
        #expect(try DecodedMessage(answer.body).numbers == [1: 3])
    }
}
