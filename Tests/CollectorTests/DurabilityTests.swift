import CollectorBench
import EventLoop
import Foundation
import HTTPTransport
import Testing
import TraceCollector

@Suite("The collector keeps what it acknowledged")
struct DurabilityTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Batches on their way to a collector that is killed now and then. Lives on one loop.
    private final class Sending {
        private var load = SpanLoad(seed: 11, firstStart: 1_764_000_000_000_000_000, batchSpans: 20)
        private(set) var sent: [String: Int] = [:]
        private(set) var acknowledged = 0
        /// Sent and not acknowledged: to be sent again, as every sender does.
        private(set) var open: [SpanLoad.Batch] = []
        private let loop: EventLoop

        init(loop: EventLoop) { self.loop = loop }

        /// Sends over four connections until `isEnough`, which is asked after every answer, or until the collector
        /// does not answer any more.
        func send(to client: CollectorClient, until isEnough: @escaping () -> Bool) async throws {
            let tasks = (0..<4).map { _ in
                loop.spawn { [bound = LoopBound((self, client, isEnough), loop: loop)] in
                    let (sending, client, isEnough) = bound.value
                    while !isEnough(), await sending.sendOne(to: client) {}
                }
            }
            for task in tasks { await task.value }
        }

        func sendRest(to client: CollectorClient) async throws {
            for batch in load.finish() {
                note(batch)
                open.append(batch)
            }
            while !open.isEmpty { try #require(await sendOne(to: client)) }
        }

        private func sendOne(to client: CollectorClient) async -> Bool {
            let batch = open.popLast() ?? next()
            guard let answer = await client.post(batch) else {
                open.append(batch)
                return false
            }
            #expect(answer.status == 200)
            acknowledged += batch.spans
            return true
        }

        private func next() -> SpanLoad.Batch {
            let batch = load.next()
            note(batch)
            return batch
        }

        private func note(_ batch: SpanLoad.Batch) {
            var read = SpanBatch()
            #expect(throws: Never.self) { try OTLPReader.read(batch.request.span, into: &read) }
            for span in read.spans {
                sent["\(span.trace)-\(hexadecimal(span.spanID))-\(span.start / 1_000)", default: 0] += 1
            }
        }
    }

    @Test("kill -9 under load, again and again: every span answered with 200 is found, once")
    func killed() async throws {
        try await onLoop { [directory] loop in
            let sending = Sending(loop: loop)
            let arguments = ["--joiner-idle", "200ms", "--joiner-age", "2s"]
            for round in 0..<3 {
                let client = try CollectorClient(directory, arguments, loop: loop)
                let before = sending.acknowledged
                // In the first round nothing is in the database yet; later it is between log and database.
                if round > 0 {
                    try await sending.send(to: client) { sending.acknowledged >= before + 800 }
                    _ = try await client.await("spans are stored") { $0.stored > 0 }
                }
                try await sending.send(to: client) {
                    if sending.acknowledged >= before + 1_200 { kill(client.process.identifier, SIGKILL) }
                    return false
                }
                #expect(try client.process.end(by: SIGKILL).code == nil)
                #expect(sending.acknowledged >= before + 1_200)
            }
            let last = try CollectorClient(directory, arguments, loop: loop)
            #expect(try await last.counters().replayed > 0)
            try await sending.sendRest(to: last)
            let sent = sending.sent
            let counters = try await last.await("everything is stored") { $0.isSettled }
            #expect(counters.dropped == 0)
            let shown = try await last.spansShown()
            #expect(shown.count == sent.count)
            #expect(shown == sent)
            #expect(try last.process.end().code == 0)
        }
    }

    @Test("SIGTERM stores everything that was accepted, and leaves nothing in the log")
    func terminated() async throws {
        try await onLoop { [directory] loop in
            let sending = Sending(loop: loop)
            let first = try CollectorClient(directory, ["--joiner-idle", "10m", "--joiner-age", "1h"], loop: loop)
            try await sending.send(to: first) { sending.acknowledged >= 2_000 }
            #expect(try await first.counters().stored == 0)
            #expect(try first.process.end(by: SIGTERM).code == 0)
            #expect(try Files.bytes(below: directory.path + "/data/log") == 0)
            let second = try CollectorClient(directory, loop: loop)
            #expect(try await second.counters().replayed == 0)
            #expect(try await second.spansShown() == sending.sent)
            #expect(try second.process.end(by: SIGTERM).code == 0)
        }
    }
}

/// As the query API writes span ids.
func hexadecimal(_ id: UInt64) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
