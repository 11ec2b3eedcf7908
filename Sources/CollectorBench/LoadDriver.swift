internal import Compression
package import EventLoop
internal import GRPC
internal import HTTP
internal import HTTPTransport

/// Posts a load to a collector over several connections and counts the answers. Lives on one loop.
package final class LoadDriver {
    package enum Encoding: String, Sendable { case identity, gzip }
    package enum Transport: String, Sendable, CaseIterable { case http, grpc }

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
    private let transport: Transport
    private let client: HTTPClient
    /// One for each connection; gRPC would send everything over one.
    private var callers: [HTTP2Client] = []
    private var load: SpanLoad
    private var lastBatches: [SpanLoad.Batch] = []
    private var isFinished = false
    private var spansLeft: Int
    private var failure: BenchError?
    package private(set) var counts = Counts()

    /// How long one request may take before the run fails.
    private static let requestTimeout = Duration.seconds(60)

    package init(
        _ load: SpanLoad, spans: Int, to address: SocketAddress, encoding: Encoding, over transport: Transport = .http,
        loop: EventLoop
    ) {
        self.transport = transport
        self.load = load
        spansLeft = spans
        self.address = address
        self.encoding = encoding
        self.loop = loop
        client = HTTPClient(loop: loop)
    }

    /// Sends everything; traces are whole at the end.
    package func run(connections: Int) async throws(BenchError) {
        if transport == .grpc {
            callers = (0..<connections).map { _ in
                HTTP2Client(to: address, authority: address.description, loop: loop)
            }
        }
        let tasks = (0..<connections).map { number in
            loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.sendInTurn(number) }
        }
        for task in tasks { await task.value }
        for caller in callers { caller.close() }
        if let failure { throw failure }
    }

    private func sendInTurn(_ number: Int) async {
        while failure == nil, let batch = nextBatch() {
            do throws(BenchError) {
                switch transport {
                case .http: try await send(batch)
                case .grpc: try await call(batch, by: callers[number])
                }
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

    private func call(_ batch: SpanLoad.Batch, by client: HTTP2Client) async throws(BenchError) {
        var fields: HTTPFields = ["content-type": "application/grpc", "te": "trailers"]
        var body = batch.request
        if encoding == .gzip {
            body = Gzip.compress(body, level: .balanced)
            fields.append("grpc-encoding", "gzip")
        }
        body = GRPCMessage.framed(body, isCompressed: encoding == .gzip)
        while true {
            counts.requests += 1
            counts.bodyBytes += body.count
            let answer: HTTPResponse
            do {
                answer = try await client.request(
                    .post, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", fields: fields, body: body,
                    deadline: .now().advanced(by: Self.requestTimeout))
            } catch {
                throw BenchError("calling \(address) failed: \(error)")
            }
            switch answer.trailers["grpc-status"] ?? answer.fields["grpc-status"] {
            case "0" where answer.body.count == GRPCMessage.prefixBytes:
                counts.acceptedSpans += batch.spans
                return
            case "14":
                counts.refusals += 1
                await loop.sleep(for: .seconds(1))
            case let status:
                throw BenchError("the collector answered \(status ?? "nothing") to a good call: \(answer.fields)")
            }
        }
    }
}
