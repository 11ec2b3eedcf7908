import CollectorBench
import EventLoop
import Foundation
import HTTPTransport
import Programs
import Testing

@Suite("An OpenTelemetry SDK exports to the collector")
struct InteropTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A span as the SDK made it.
    private struct SentSpan: Decodable {
        let traceID: String
        let spanID: String
        let parentID: String?
        let name: String
        let kind: String
        let service: String
        let start: UInt64
        let end: UInt64
    }

    /// Runs the SDK of scripts/bootstrap's Python environment.
    private static func export(
        to address: SocketAddress, over transport: String, compression: String
    ) throws -> [SentSpan] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let script = tests.appending(path: "Interop/export_spans.py").path
        let written = try Program.python.output([script, transport, "http://\(address)", compression])
        return try JSONDecoder().decode([SentSpan].self, from: Data(written.utf8))
    }

    @Test(
        "and the query API shows its trace, whole and as it was sent", arguments: ["http", "grpc"], ["none", "gzip"])
    func exported(transport: String, compression: String) async throws {
        try await onLoop { [self] loop in
            let client = try CollectorClient(directory, ["--joiner-idle", "100ms"], loop: loop)
            let sent = try Self.export(to: client.process.otlp, over: transport, compression: compression)
            _ = try await client.await("all is stored") { $0.stored == sent.count }
            #expect(
                try await client.exposition().contains(
                    "martlet_collector_traces_joined_total{completeness=\"complete\"} 1"))
            #expect(
                try await client.exposition().contains(
                    "martlet_collector_requests_total{code=\"\(transport == "grpc" ? "OK" : "200")\",transport=\"\(transport)\"} 2"
                )
            )
            let shown = try await trace(sent[0].traceID, client)
            try expectSpans(shown, sent)
            try expectDetails(shown)
            try await expectLists(client)
            #expect(try client.process.end().code == 0)
        }
    }

    private typealias Object = [String: Any]

    private func data(_ target: String, _ client: CollectorClient) async throws -> Any {
        let answer = try await client.get(target)
        #expect(answer.status == 200)
        let root = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? Object)
        return try #require(root["data"])
    }

    private func trace(_ id: String, _ client: CollectorClient) async throws -> Object {
        let traces = try #require(try await data("/api/traces/\(id)", client) as? [Object])
        #expect(traces.count == 1)
        return try #require(traces.first)
    }

    private func expectSpans(_ trace: Object, _ sent: [SentSpan]) throws {
        let spans = try #require(trace["spans"] as? [Object])
        let processes = try #require(trace["processes"] as? [String: Object])
        #expect(spans.map { $0["spanID"] as? String } == sent.map(\.spanID))
        for (span, sent) in zip(spans, sent) {
            #expect(span["traceID"] as? String == sent.traceID)
            #expect(span["operationName"] as? String == sent.name)
            #expect(span["startTime"] as? UInt64 == sent.start / 1_000)
            #expect(span["duration"] as? UInt64 == (sent.end - sent.start) / 1_000)
            let references = try #require(span["references"] as? [Object])
            let parent = references.first { $0["refType"] as? String == "CHILD_OF" }
            #expect(parent?["spanID"] as? String == sent.parentID)
            #expect(tag("span.kind", span) as? String == sent.kind)
            let number = try #require(span["processID"] as? String)
            let process = try #require(processes[number])
            #expect(process["serviceName"] as? String == sent.service)
            #expect(tag("service.version", process) as? String == "1.2.3")
            #expect(span["warnings"] is NSNull)
        }
    }

    private func expectDetails(_ trace: Object) throws {
        let spans = try #require(trace["spans"] as? [Object])
        let (root, call, served) = (spans[0], spans[1], spans[2])
        #expect(tag("text", root) as? String == "käse \"quoted\" \u{2603}")
        #expect(tag("number", root) as? Int == -9_007_199_254_740_991)
        #expect(tag("fraction", root) as? Double == 0.25)
        #expect(tag("flag", root) as? Bool == true)
        #expect(tag("texts", root) as? String == #"["a","b"]"#)
        #expect(tag("numbers", root) as? String == "[1,2]")
        #expect(tag("empty", root) as? String == "")
        #expect(tag("otel.scope.name", root) as? String == "front")
        #expect(tag("otel.scope.version", root) as? String == "0.1")
        let references = try #require(call["references"] as? [Object])
        #expect(references.last?["refType"] as? String == "FOLLOWS_FROM")
        #expect(references.last?["spanID"] as? String == "0000000000005678")
        let event = try #require((call["logs"] as? [Object])?.first)
        let fields = try #require(event["fields"] as? [Object])
        #expect(fields.map { $0["key"] as? String } == ["event", "attempt"])
        #expect(tag("otel.status_code", served) as? String == "ERROR")
        #expect(tag("otel.status_description", served) as? String == "no stock")
        #expect(tag("error", served) as? Bool == true)
    }

    /// What Grafana's Jaeger data source asks before it shows a trace.
    private func expectLists(_ client: CollectorClient) async throws {
        let front = "shop%2F%C3%BCber%20front"
        #expect(try await data("/api/services", client) as? [String] == ["back", "shop/über front"])
        #expect(
            try await data("/api/services/\(front)/operations", client) as? [String] == ["GET", "GET /cart"])
        let tags = "%7B%22error%22%3A%22true%22%7D"
        for (query, count) in [
            ("service=\(front)&operation=GET+%2Fcart", 1), ("service=\(front)&operation=GET+%2Fitems", 0),
            ("service=back&tags=\(tags)", 1), ("service=\(front)&tags=\(tags)", 0),
            ("service=back&minDuration=10m", 0), ("service=back&maxDuration=10m&limit=5", 1),
            ("service=back&lookback=1h", 1), ("service=back&start=0&end=1", 0),
        ] {
            let found = try #require(try await data("/api/traces?\(query)", client) as? [Object])
            #expect(found.count == count, "\(query)")
        }
        let end = UInt64(Date().timeIntervalSince1970) * 1_000 + 60_000
        let calls = try #require(
            try await data("/api/dependencies?endTs=\(end)&lookback=3600000", client) as? [Object])
        #expect(calls.count == 1)
        #expect(calls.first?["parent"] as? String == "shop/über front")
        #expect(calls.first?["child"] as? String == "back")
        #expect(calls.first?["callCount"] as? Int == 1)
    }

    private func tag(_ key: String, _ holder: Object) -> Any? {
        (holder["tags"] as? [Object])?.first { $0["key"] as? String == key }?["value"]
    }
}
