internal import Compression
package import EventLoop
internal import HTTPTransport

/// Posts a load to a collector over several connections and counts the answers. Lives on one loop.
package final class LoadDriver {
    package enum Encoding: String, Sendable { case identity, gzip }

    /// What became of the requests; spans count once, however often their request was repeated.
    package struct Counts: Equatable, Sendable {
        package var acceptedSpans = 0
        package var requests = 0
        /// Answers that told us to come again.
        package var refusals = 0
        /// Bytes of bodies, as sent.
        package var bodyBytes = 0
    }

    private let loop: EventLoop
    private let address: SocketAddress
    private let encoding: Encoding
    private let client: HTTPClient
    private var load: SpanLoad
    private var lastBatches: [SpanLoad.Batch] = []
    private var isFinished = false
    private var spansLeft: Int
    private var failure: BenchError?
    package private(set) var counts = Counts()

    /// How long one request may take before the run fails.
    private static let requestTimeout = Duration.seconds(60)

    package init(_ load: SpanLoad, spans: Int, to address: SocketAddress, encoding: Encoding, loop: EventLoop) {
        self.load = load
        spansLeft = spans
        self.address = address
        self.encoding = encoding
        self.loop = loop
        client = HTTPClient(loop: loop)
    }

    /// Sends everything; traces are whole at the end.
    package func run(connections: Int) async throws(BenchError) {
        let tasks = (0..<connections).map { _ in
            loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.sendInTurn() }
        }
        for task in tasks { await task.value }
        if let failure { throw failure }
    }

    private func sendInTurn() async {
        while failure == nil, let batch = nextBatch() {
            do throws(BenchError) {
                try await send(batch)
            } catch {
                failure = error
            }
        }
    }

    private func nextBatch() -> SpanLoad.Batch? {
        if spansLeft > 0 {
            let batch = load.next()
            spansLeft -= batch.spans
            return batch
        }
        if !isFinished {
            isFinished = true
            lastBatches = load.finish()
        }
        return lastBatches.popLast()
    }

    private func send(_ batch: SpanLoad.Batch) async throws(BenchError) {
        var fields: HTTPFields = ["Content-Type": "application/x-protobuf"]
        var body = batch.request
        if encoding == .gzip {
            body = Gzip.compress(body, level: .balanced)
            fields.append("Content-Encoding", "gzip")
        }
        while true {
            counts.requests += 1
            counts.bodyBytes += body.count
            let answer: HTTPResponse
            do {
                answer = try await client.request(
                    "POST", to: address, authority: address.description, target: "/v1/traces", fields: fields,
                    body: body, deadline: .now().advanced(by: Self.requestTimeout))
            } catch {
                throw BenchError("posting to \(address) failed: \(error)")
            }
            switch answer.status {
            case 200 where answer.body.isEmpty:
                counts.acceptedSpans += batch.spans
                return
            case 429, 503:
                counts.refusals += 1
                await loop.sleep(for: .seconds(answer.fields["retry-after"].flatMap { Int($0) } ?? 1))
            default:
                throw BenchError("the collector answered \(answer.status) to a good request: \(answer.text)")
            }
        }
    }
}
