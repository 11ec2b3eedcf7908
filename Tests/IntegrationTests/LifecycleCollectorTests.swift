import EventLoop
import Glibc
import Testing

@testable import Demo

/// A collector that is down, slow or unwilling: traffic never waits for it, every span is sent or counted, and what it
/// asks for is done.
@Suite("A proxy and its collector", .timeLimit(.minutes(2)))
struct LifecycleCollectorTests {
    /// An OTLP sink that answers the requests of its life one after the other, and 200 when the answers are used up.
    private final class Sink {
        private(set) var requests: [(at: MonotonicTime, body: [UInt8])] = []
        private var answers: [String]
        private let delay: Duration
        private let loop: EventLoop
        private(set) var address = Loopback.anyPort
        private var server: ScriptedUpstream?

        static let accepted = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"

        init(_ answers: [String] = [], delay: Duration = .zero, loop: EventLoop) throws {
            self.answers = answers
            self.delay = delay
            self.loop = loop
            let server = try ScriptedUpstream(loop: loop) { [unowned self] connection, _ in
                while true { try await answer(connection) }
            }
            self.server = server
            address = server.address
        }

        private func answer(_ connection: RawConnection) async throws {
            let request = try await connection.receiveRequest()
            #expect(request.startLine == "POST /v1/traces HTTP/1.1")
            #expect(request["content-type"] == "application/x-protobuf")
            requests.append((loop.now, request.body))
            if delay > .zero { await loop.sleep(for: delay) }
            try await connection.send(answers.isEmpty ? Self.accepted : answers.removeFirst())
        }
    }

    private static func status(_ status: Int, _ line: String = "X: y") -> String {
        "HTTP/1.1 \(status) X\r\n\(line)\r\nContent-Length: 0\r\n\r\n"
    }

    /// Runs a proxy that traces everything to `collector`, with load and scrapes all the while, which must not fail.
    private static func run(
        _ loop: EventLoop, _ collector: SocketAddress, _ flags: [String] = [], pause: Duration = .milliseconds(2),
        _ body: (ProxyProcess, SteadyLoad) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream.answering("x", loop: loop)
        let all = ["--collector", "http://\(collector)", "--sampling-rate", "1"] + flags
        try await ProxyProcess.run(loop, forwardingTo: upstream.address, all) { proxy in
            let scrapes = ScrapeLoop(of: proxy)
            let load = SteadyLoad(
                on: proxy.inbound, host: "a", expecting: ["x"], keepAlive: 4, pause: pause, loop: loop)
            try await load.more(20)
            try await body(proxy, load)
            try await load.stop()
            try await scrapes.stop()
            #expect(load.failures == [] && load.refusals == 0)
            #expect(scrapes.failures == [])
        }
    }

    private let exportRequests = "martlet_span_export_requests_total"

    /// Waits until a counter has reached `value`.
    private static func reach(_ proxy: ProxyProcess, _ name: String, _ labels: [String: String] = [:], _ value: Double)
        async throws
    {
        try await proxy.program.until("\(name)\(labels) reaches \(value)") {
            try await proxy.metrics()(name, labels) >= value
        }
    }

    /// Ends the load and waits until every span of it has been exported or dropped: none is lost uncounted.
    private static func balance(_ proxy: ProxyProcess, _ load: SteadyLoad) async throws {
        try await load.stop()
        let total = Double(load.answered)
        try await reach(proxy, "martlet_spans_recorded_total", [:], total)
        try await proxy.until("martlet_span_queue_length", is: 0)
        let metrics = try await proxy.metrics()
        #expect(metrics("martlet_spans_recorded_total") == total)
        #expect(metrics("martlet_spans_exported_total") + metrics("martlet_spans_dropped_total") == total)
    }

    @Test("down: traffic goes on, the queue stays bounded, drops are counted, and it recovers when the collector comes")
    func down() async throws {
        try await onLoop { loop in
            let address = Loopback.freshAddress()
            try await Self.run(loop, address, ["--span-queue", "64", "--span-batch", "16"]) { proxy, load in
                try await Self.reach(proxy, exportRequests, ["outcome": "connection_failure"], 1)
                try await Self.reach(proxy, "martlet_spans_dropped_total", ["reason": "queue_full"], 1)
                let metrics = try await proxy.metrics()
                #expect(metrics("martlet_spans_exported_total") == 0)
                #expect(metrics("martlet_span_queue_length") <= 64 + 16)
                #expect(metrics("martlet_span_queue_capacity") == 64)
                #expect(metrics.values(of: "reason", in: "martlet_spans_dropped_total") == ["queue_full"])

                let data = try TemporaryFolder()
                let collector = try CollectorProcess(loop, data: data.path, otlp: address)
                defer { collector.program.send(SIGKILL) }
                try await collector.untilReady()
                try await Self.reach(proxy, "martlet_spans_exported_total", [:], 100)
                try await Self.balance(proxy, load)
                let exported = try await proxy.metrics()("martlet_spans_exported_total")
                try await collector.program.until("the collector has them") {
                    try await collector.metrics()("martlet_collector_spans_received_total") == exported
                }
                try await collector.program.remove()
                try data.remove()
            }
        }
    }

    @Test("slow: traffic does not wait, and every span arrives")
    func slow() async throws {
        try await onLoop { loop in
            let sink = try Sink(delay: .milliseconds(300), loop: loop)
            try await Self.run(loop, sink.address) { proxy, load in
                try await load.more(400)
                try await Self.balance(proxy, load)
                let metrics = try await proxy.metrics()
                #expect(metrics("martlet_spans_dropped_total") == 0)
                #expect(metrics(exportRequests, ["outcome": "success"]) == Double(sink.requests.count))
            }
        }
    }

    @Test("hanging: an export is given up after its time and made again, and traffic does not wait for that either")
    func hanging() async throws {
        try await onLoop { loop in
            var bodies: [[UInt8]] = []
            let sink = try ScriptedUpstream(loop: loop) { connection, index in
                while true {
                    bodies.append(try await connection.receiveRequest().body)
                    if index == 0 { try await connection.untilEnded() }
                    try await connection.send(Sink.accepted)
                }
            }
            // So few that the queue holds all of them for the ten seconds of an export.
            try await Self.run(loop, sink.address, pause: .milliseconds(20)) { proxy, load in
                try await Self.reach(proxy, exportRequests, ["outcome": "timeout"], 1)
                try await Self.reach(proxy, exportRequests, ["outcome": "success"], 1)
                #expect(bodies.count >= 2 && bodies[0] == bodies[1])
                try await Self.balance(proxy, load)
                #expect(try await proxy.metrics()("martlet_spans_dropped_total") == 0)
            }
        }
    }

    @Test("429 with Retry-After: nothing is sent before that time, then the same spans")
    func retryAfter() async throws {
        try await onLoop { loop in
            let sink = try Sink([Self.status(429, "Retry-After: 3")], loop: loop)
            try await Self.run(loop, sink.address) { proxy, load in
                try await Self.reach(proxy, exportRequests, ["outcome": "success"], 1)
                #expect(sink.requests[1].at.nanoseconds(since: sink.requests[0].at) >= 3_000_000_000)
                #expect(sink.requests[1].body == sink.requests[0].body)
                try await Self.balance(proxy, load)
                let metrics = try await proxy.metrics()
                #expect(metrics(exportRequests, ["outcome": "unavailable"]) == 1)
                #expect(metrics("martlet_spans_dropped_total") == 0)
            }
        }
    }

    @Test("503: the same spans are sent again, later each time")
    func unavailable() async throws {
        try await onLoop { loop in
            let sink = try Sink([Self.status(503), Self.status(502)], loop: loop)
            try await Self.run(loop, sink.address) { proxy, load in
                try await Self.reach(proxy, exportRequests, ["outcome": "success"], 1)
                let first = sink.requests.prefix(3)
                #expect(Set(first.map(\.body)).count == 1)
                // A second and one and a half, each ± 50 %.
                #expect(first[1].at.nanoseconds(since: first[0].at) >= 500_000_000)
                #expect(first[2].at.nanoseconds(since: first[1].at) >= 750_000_000)
                try await Self.balance(proxy, load)
                let metrics = try await proxy.metrics()
                #expect(metrics(exportRequests, ["outcome": "unavailable"]) == 2)
                #expect(metrics("martlet_spans_dropped_total") == 0)
            }
        }
    }

    @Test("400 loses its spans for good, a partial success those that it names; both are counted by reason")
    func rejected() async throws {
        try await onLoop { loop in
            // ExportTraceServiceResponse: partial_success { rejected_spans: 3 }.
            let partial = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\u{0A}\u{02}\u{08}\u{03}"
            let sink = try Sink([Self.status(400), partial], loop: loop)
            try await Self.run(loop, sink.address) { proxy, load in
                try await Self.reach(proxy, exportRequests, ["outcome": "success"], 1)
                #expect(Set(sink.requests.prefix(3).map(\.body)).count == 3)
                try await Self.balance(proxy, load)
                let metrics = try await proxy.metrics()
                #expect(metrics("martlet_spans_dropped_total", ["reason": "partial_success"]) == 3)
                #expect(metrics("martlet_spans_dropped_total", ["reason": "rejected"]) > 0)
                #expect(
                    metrics.values(of: "reason", in: "martlet_spans_dropped_total") == ["partial_success", "rejected"])
                #expect(metrics(exportRequests, ["outcome": "rejected"]) == 1)
                #expect(metrics(exportRequests, ["outcome": "partial_success"]) == 1)
            }
        }
    }

    @Test("SIGTERM sends what is left: the collector has a span for every request")
    func flushed() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            try await CollectorProcess.run(loop) { collector in
                let flags = ["--collector", "http://\(collector.otlp)", "--sampling-rate", "1"]
                try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                    let load = SteadyLoad(on: proxy.inbound, host: "a", expecting: ["x"], keepAlive: 4, loop: loop)
                    try await load.more(100)
                    #expect(try await proxy.stop() == 0)
                    try await load.wait("the end of all clients") { load.refusals == 4 }
                    #expect(load.failures == [])
                    let received = try await collector.metrics()("martlet_collector_spans_received_total")
                    #expect(received == Double(load.answered))
                }
            }
        }
    }

    @Test("SIGTERM does not wait for a collector that is down")
    func notFlushed() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            let flags = ["--collector", "http://\(Loopback.freshAddress())", "--sampling-rate", "1"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let isServed = try await proxy.serves("x")
                #expect(isServed)
                let start = loop.now
                #expect(try await proxy.stop() == 0)
                #expect(loop.now.nanoseconds(since: start) < 15_000_000_000)
            }
        }
    }
}
