import Bytes
import CollectorBench
import Compression
import EventLoop
import Foundation
import GRPC
import HTTP
import HTTPTransport
import Testing

/// What a caller reads on the wire, from the real process: opentelemetry-proto 1.11, OTLP/gRPC, and gRPC's table of statuses.
@Suite("OTLP over gRPC", .timeLimit(.minutes(2)))
struct GRPCExchangeTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    private static let traceID = [UInt8](repeating: 7, count: 16)

    /// An export request with one span.
    private static func span(id: [UInt8] = [UInt8](repeating: 8, count: 8)) -> [UInt8] {
        func field(_ key: UInt8, _ content: [UInt8]) -> [UInt8] { [key, UInt8(content.count)] + content }
        let span = field(0x0A, traceID) + field(0x12, id) + field(0x2A, Array("op".utf8))
        return field(0x0A, field(0x12, field(0x12, span)))
    }

    /// Calls the collector on one connection.
    private struct Caller {
        let client: HTTP2Client

        func call(
            _ body: [UInt8], _ path: String = GRPCExchangeTests.method, _ fields: [String: String] = [:]
        ) async throws -> HTTPResponse {
            var all: HTTPFields = ["content-type": "application/grpc", "te": "trailers"]
            for (name, value) in fields { all.append(name, value) }
            return try await client.request(
                .post, path, fields: all, body: body, deadline: MonotonicTime.now().advanced(by: .seconds(60)))
        }
    }

    private func withCollector(
        _ arguments: [String] = [], _ body: @escaping @Sendable (CollectorClient, Caller) async throws -> Void
    ) async throws {
        try await onLoop { [directory] loop in
            let collector = try CollectorClient(directory, arguments, loop: loop)
            let client = HTTP2Client(to: collector.process.otlp, authority: "collector", loop: loop)
            try await body(collector, Caller(client: client))
            // Whatever was refused, the connection went on.
            #expect(client.connectionsOpened == 1)
            #expect(try collector.process.end().code == 0)
        }
    }

    /// Trailers-Only: HTTP 200, and everything in the head.
    private static func expectStatus(
        _ answer: HTTPResponse, _ code: Int, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == 200, sourceLocation: sourceLocation)
        #expect(answer.fields["content-type"] == "application/grpc", sourceLocation: sourceLocation)
        #expect(answer.fields["grpc-status"] == "\(code)", sourceLocation: sourceLocation)
        #expect(answer.fields["grpc-message"] == message, sourceLocation: sourceLocation)
        #expect(answer.body == [] && answer.trailers.all == [], sourceLocation: sourceLocation)
    }

    private static func expectTaken(
        _ answer: HTTPResponse, _ message: [UInt8] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == 200, sourceLocation: sourceLocation)
        #expect(answer.fields["content-type"] == "application/grpc", sourceLocation: sourceLocation)
        #expect(answer.fields["grpc-accept-encoding"] == "identity,gzip", sourceLocation: sourceLocation)
        #expect(answer.body == GRPCMessage.framed(message), sourceLocation: sourceLocation)
        #expect(answer.trailers["grpc-status"] == "0", sourceLocation: sourceLocation)
    }

    @Test("a good call is OK with an empty message, compressed or not, whatever encoding it only names")
    func accepted() async throws {
        try await withCollector { collector, caller in
            let plain = GRPCMessage.framed(Self.span())
            let gzipped = GRPCMessage.framed(Gzip.compress(Self.span()), isCompressed: true)
            Self.expectTaken(try await caller.call(plain))
            Self.expectTaken(try await caller.call(plain, Self.method, ["content-type": "x"]))
            Self.expectTaken(try await caller.call(gzipped, Self.method, ["grpc-encoding": "gzip"]))
            Self.expectTaken(try await caller.call(plain, Self.method, ["grpc-encoding": "gzip"]))
            Self.expectTaken(try await caller.call(plain, Self.method, ["grpc-encoding": "identity"]))
            Self.expectTaken(try await caller.call(plain, Self.method, ["grpc-timeout": "50S"]))
            Self.expectTaken(try await caller.call(plain, Self.method, ["grpc-timeout": "soon"]))
            Self.expectTaken(try await caller.call(GRPCMessage.framed([])))
            #expect(
                try await collector.exposition().contains(
                    "martlet_collector_requests_total{code=\"OK\",transport=\"grpc\"} 8\n"))
            #expect(try await collector.counters().received == 7)
        }
    }

    @Test("spans with invalid ids are rejected one by one, and the caller is told how many")
    func partialSuccess() async throws {
        try await withCollector { _, caller in
            let answer = try await caller.call(GRPCMessage.framed(Self.span() + Self.span(id: [1])))
            let text = Array("1 spans had a span_id that is not 8 bytes or all zeros".utf8)
            let partial: [UInt8] = [0x08, 1, 0x12, UInt8(text.count)] + text
            Self.expectTaken(answer, [0x0A, UInt8(partial.count)] + partial)
        }
    }

    @Test("every refusal has its status, and says nothing of a retry that cannot help")
    func refused() async throws {
        try await withCollector(["--max-request-bytes", "1KiB"]) { collector, caller in
            let span = GRPCMessage.framed(Self.span())
            func refuse(
                _ code: Int, _ message: String, _ body: [UInt8], path: String = Self.method,
                _ fields: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
            ) async throws {
                let answer = try await caller.call(body, path, fields)
                Self.expectStatus(answer, code, message, sourceLocation: sourceLocation)
                #expect(answer.fields["grpc-status-details-bin"] == nil, sourceLocation: sourceLocation)
            }
            let unary = "the call has to carry exactly one message"
            try await refuse(3, "protobuf message ends inside a field", GRPCMessage.framed([0x0A, 5, 1]))
            try await refuse(12, "traces are received by \(Self.method)", span, path: "/a.Service/Method")
            try await refuse(
                12, "only gzip and identity are known content encodings", span, ["grpc-encoding": "snappy"])
            try await refuse(12, unary, span + span)
            try await refuse(12, unary, Array(span.dropLast()))
            try await refuse(12, unary, [])
            try await refuse(12, unary, [2] + span.dropFirst())
            let broken = GRPCMessage.framed([1, 2, 3], isCompressed: true)
            try await refuse(13, "the gzip data is corrupt", broken, ["grpc-encoding": "gzip"])
            try await refuse(13, "the gzip data is corrupt", broken)
            try await refuse(4, "the call came too late", span, ["grpc-timeout": "1n"])
            let (whole, more) = ([UInt8](repeating: 0, count: 1024), [UInt8](repeating: 0, count: 1025))
            let large = "the request is larger than 1024 bytes after decompression"
            let bomb = GRPCMessage.framed(Gzip.compress(more), isCompressed: true)
            try await refuse(8, large, bomb, ["grpc-encoding": "gzip"])
            try await refuse(3, "protobuf key has an illegal field number or wire type", GRPCMessage.framed(whole))
            try await refuse(8, "the body is larger than 1024 bytes", GRPCMessage.framed(more))
            Self.expectTaken(try await caller.call(span))
            let exposition = try await collector.exposition()
            for (code, count) in [
                ("INVALID_ARGUMENT", 2), ("UNIMPLEMENTED", 6), ("INTERNAL", 2), ("DEADLINE_EXCEEDED", 1),
                ("RESOURCE_EXHAUSTED", 2),
            ] {
                let line = "martlet_collector_requests_total{code=\"\(code)\",transport=\"grpc\"} \(count)\n"
                #expect(exposition.contains(line), "\(code)")
            }
            for (reason, count) in [("unknown_method", 1), ("not_unary", 4), ("deadline_exceeded", 1)] {
                let line = "martlet_collector_spans_refused_total{reason=\"\(reason)\"} \(count)\n"
                #expect(exposition.contains(line), "\(reason)")
            }
        }
    }

    @Test("a second port takes the same, and each of them OTLP/HTTP as well")
    func secondPort() async throws {
        let log = directory.path + "/log"
        try await onLoop { [directory] loop in
            let process = try CollectorProcess(
                executable: try CollectorProgram.collector(), data: directory.path + "/data", log: log,
                arguments: ["--otlp-grpc", "127.0.0.1:0"])
            let text = try String(contentsOfFile: log, encoding: .utf8)
            let port = try #require(text.firstMatch(of: #/OTLP/gRPC 127.0.0.1:(\d+),/#)).1
            let second = try #require(SocketAddress("127.0.0.1:\(port)"))
            let deadline = MonotonicTime.now().advanced(by: .seconds(60))
            for address in [process.otlp, second] {
                let client = HTTP2Client(to: address, authority: "collector", loop: loop)
                Self.expectTaken(try await Caller(client: client).call(GRPCMessage.framed(Self.span())))
                let overHTTP2 = try await client.request(
                    .post, "/v1/traces", fields: ["content-type": "application/x-protobuf"], body: Self.span(),
                    deadline: deadline)
                #expect(overHTTP2.status == 200 && overHTTP2.body == [])
                let overHTTP1 = try await HTTPClient(loop: loop).request(
                    "POST", to: address, authority: "collector", target: "/v1/traces",
                    fields: ["Content-Type": "application/x-protobuf"], body: Self.span(), deadline: deadline)
                #expect(overHTTP1.status == 200)
            }
            #expect(try process.end().code == 0)
        }
    }

    @Test("the query API and the metrics are there over HTTP/2 too")
    func otherPorts() async throws {
        try await onLoop { [directory] loop in
            let collector = try CollectorClient(directory, loop: loop)
            let deadline = MonotonicTime.now().advanced(by: .seconds(60))
            let query = HTTP2Client(to: collector.process.query, authority: "c", loop: loop)
            #expect(try await query.request(.get, "/api/services", deadline: deadline).text.hasPrefix("{\"data\":[]"))
            let metrics = HTTP2Client(to: collector.process.metrics, authority: "c", loop: loop)
            let exposition = try await metrics.request(.get, "/metrics", deadline: deadline)
            #expect(exposition.text.contains("martlet_collector_spans_received_total 0\n"))
            #expect(try collector.process.end().code == 0)
        }
    }
}
