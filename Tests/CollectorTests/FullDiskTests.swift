import CollectorBench
import EventLoop
import Foundation
import HTTPTransport
import Testing

@Suite("A collector without room on its disk")
struct FullDiskTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Lets no file of the process grow beyond `bytes`: what a full disk does, without needing a disk to fill.
    private func limitFiles(of process: pid_t, to bytes: String) throws {
        let tool = Process()
        tool.executableURL = URL(filePath: "/usr/bin/prlimit")
        tool.arguments = ["--pid", "\(process)", "--fsize=\(bytes):unlimited"]
        try tool.run()
        tool.waitUntilExit()
        #expect(tool.terminationStatus == 0)
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
