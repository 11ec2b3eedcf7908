import CollectorBench
import EventLoop
import Foundation
import HTTPTransport
import Testing

/// Talks to one collector process. Lives on one loop.
final class CollectorClient {
    let process: CollectorProcess
    private let loop: EventLoop
    private let client: HTTPClient

    /// Busy machines build and test at once.
    static let patience = Duration.seconds(60)

    init(_ directory: TemporaryDirectory, _ arguments: [String] = [], loop: EventLoop) throws {
        process = try CollectorProcess(
            executable: try CollectorProgram.collector(), data: directory.path + "/data",
            log: directory.path + "/\(UUID().uuidString).log", arguments: arguments)
        self.loop = loop
        client = HTTPClient(loop: loop)
    }

    /// - Returns: nil when the connection failed.
    func post(_ batch: SpanLoad.Batch) async -> HTTPResponse? {
        do {
            return try await client.request(
                "POST", to: process.otlp, authority: "collector", target: "/v1/traces",
                fields: ["Content-Type": "application/x-protobuf"], body: batch.request, deadline: deadline)
        } catch {
            return nil
        }
    }

    func get(_ target: String) async throws -> HTTPResponse {
        try await client.request(to: process.query, authority: "collector", target: target, deadline: deadline)
    }

    func counters() async throws -> CollectorCounters {
        try await CollectorCounters.scrape(process.metrics, with: client, deadline: deadline)
    }

    func exposition() async throws -> String {
        try await client.request(
            to: process.metrics, authority: "collector", target: "/metrics", deadline: deadline
        ).text
    }

    /// Waits until the counters say what is wanted.
    func await(_ what: String, _ isTrue: (CollectorCounters) -> Bool) async throws -> CollectorCounters {
        let end = deadline
        while true {
            let counters = try await counters()
            if isTrue(counters) { return counters }
            guard MonotonicTime.now() < end else { throw BenchError("waited in vain until \(what): \(counters)") }
            await loop.sleep(for: .milliseconds(20))
        }
    }

    /// How often each span of the store is shown by the query API, by trace id, span id and start in microseconds.
    func spansShown() async throws -> [String: Int] {
        let answer = try await get("/api/traces?limit=1500&start=0&end=\(UInt64.max / 2_000)")
        #expect(answer.status == 200)
        let root = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        var shown: [String: Int] = [:]
        for trace in root["data"] as? [[String: Any]] ?? [] {
            for span in trace["spans"] as? [[String: Any]] ?? [] {
                let id = "\(trace["traceID"] as? String ?? "?")-\(span["spanID"] as? String ?? "?")"
                let name = "\(id)-\(span["startTime"] as? Int ?? 0)"
                shown[name, default: 0] += 1
            }
        }
        return shown
    }

    private var deadline: MonotonicTime { MonotonicTime.now().advanced(by: Self.patience) }
}
