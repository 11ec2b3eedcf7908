import Bytes
import CollectorBench
import EventLoop
import Foundation
import GRPC
import HTTP
import HTTPTransport
import Programs
import Testing

@Suite("A collector without room on its disk")
struct FullDiskTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Lets no file of the process grow beyond `bytes`: what a full disk does, without needing a disk to fill.
    private func limitFiles(of process: pid_t, to bytes: String) throws {
        try Program.system("prlimit").output(["--pid", "\(process)", "--fsize=\(bytes):unlimited"])
    }

    private static func details(_ value: String) -> GRPCStatusDetails? {
        guard let bytes = GRPCBinaryValue.decoded(Array(value.utf8).rawBytes) else { return nil }
        return GRPCStatusDetails(bytes.rawBytes)
    }

    /// The same over gRPC: UNAVAILABLE, and a RetryInfo of a second.
    private func expectUnavailable(_ address: SocketAddress, _ batch: SpanLoad.Batch, _ loop: EventLoop) async throws {
        let client = HTTP2Client(to: address, authority: "collector", loop: loop)
        defer { client.close() }
        let answer = try await client.request(
            .post, "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            fields: ["content-type": "application/grpc"], body: GRPCMessage.framed(batch.request),
            deadline: .now().advanced(by: .seconds(60)))
        #expect(answer.status == 200)
        #expect(answer.fields["grpc-status"] == "14")
        let status = Self.details(try #require(answer.fields["grpc-status-details-bin"]))
        let expected = GRPCStatusDetails(
            code: .unavailable, message: "spans cannot be made durable", retryDelayNanoseconds: 1_000_000_000)
        #expect(status == expected)
    }

    @Test("answers 503 with Retry-After, counts, lives on, and stores everything once there is room again")
    func fullDisk() async throws {
        try await onLoop { [self] loop in
            let client = try CollectorClient(directory, ["--joiner-idle", "100ms", "--joiner-age", "1s"], loop: loop)
            try limitFiles(of: client.process.identifier, to: "65536")
            var load = SpanLoad(seed: 5, firstStart: 1_764_000_000_000_000_000, batchSpans: 40)
            var accepted = 0
            var refused: SpanLoad.Batch?
            while refused == nil {
                let batch = load.next()
                let answer = try #require(await client.post(batch))
                if answer.status == 200 {
                    accepted += batch.spans
                } else {
                    #expect(answer.status == 503)
                    #expect(answer.fields["retry-after"] == "1")
                    #expect(answer.fields["content-type"] == "application/x-protobuf")
                    refused = batch
                }
            }
            // The log is full, and soon the database.
            _ = try await client.await("the store fails too") { $0.writeErrors > 0 }
            let exposition = try await client.exposition()
            #expect(exposition.contains("martlet_collector_spans_refused_total{reason=\"log_unavailable\"} 1\n"))
            #expect(exposition.contains("martlet_collector_requests_total{code=\"503\",transport=\"http\"} 1\n"))
            try await expectUnavailable(client.process.otlp, try #require(refused), loop)
            try limitFiles(of: client.process.identifier, to: "unlimited")
            for batch in [try #require(refused)] + load.finish() {
                let answer = try #require(await client.post(batch))
                #expect(answer.status == 200)
                accepted += batch.spans
            }
            let end = try await client.await("everything is stored") { $0.isSettled }
            #expect(end.received == accepted)
            #expect(end.stored == accepted)
            #expect(try await client.spansShown().count == accepted)
            #expect(try client.process.end().code == 0)
        }
    }
}
