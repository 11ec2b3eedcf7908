import EventLoop
import Foundation
import Testing

@testable import Demo

/// The exporter against grpcio and against our own collector: every span is stored or counted.
@Suite("A proxy sends spans over gRPC", .timeLimit(.minutes(3)))
struct SpanExportOverGRPCTests {
    /// A grpcio server that answers as its script says.
    private final class Server {
        struct Call: Decodable {
            let answer: String
            /// Seconds of the server's clock.
            let at: Double
            let spans: Int
            let digest: String
            let peer: String
            let secondsLeft: Double
            let userAgent: String
        }

        let address = Loopback.freshAddress()
        let program: StartedProgram

        init(_ answers: [String], maxAgeMilliseconds: Int = 0, loop: EventLoop) throws {
            let tests = URL(filePath: #filePath).deletingLastPathComponent()
            // Not standardized: that would follow the link out of the environment.
            let python = tests.deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: ".build/peers/bin/python")
            try #require(
                FileManager.default.isExecutableFile(atPath: python.path),
                "\(python.path) is missing; scripts/bootstrap test makes it")
            let script = tests.appending(path: "Interop/otlp_server.py").path
            program = try StartedProgram(
                python.path, [script, address.description, "\(maxAgeMilliseconds)"] + answers,
                environment: ["PATH": "/usr/bin:/bin", "NO_PROXY": "*"], loop: loop)
        }

        func calls() throws -> [Call] {
            try program.log.split(separator: "\n").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }.map {
                try JSONDecoder().decode(Call.self, from: Data($0.utf8))
            }
        }
    }

    private static let requests = "martlet_span_export_requests_total"
    private static let dropped = "martlet_spans_dropped_total"

    /// Runs a proxy that traces everything to a server with these answers, under load until `body` returns; then every span
    /// has been exported or dropped, and the calls that were answered OK have those that were exported.
    private static func run(
        _ loop: EventLoop, _ answers: [String], maxAgeMilliseconds: Int = 0, pause: Duration = .milliseconds(5),
        _ body: (ProxyProcess, Server) async throws -> Void
    ) async throws {
        let server = try Server(answers, maxAgeMilliseconds: maxAgeMilliseconds, loop: loop)
        try await server.program.until("the server is ready") { server.program.log.contains("ready") }
        let upstream = try ScriptedUpstream.answering("x", loop: loop)
        let flags = ["--collector", "grpc://\(server.address)", "--sampling-rate", "1"]
        try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
            let load = SteadyLoad(
                on: proxy.inbound, host: "a", expecting: ["x"], keepAlive: 2, pause: pause, loop: loop)
            try await load.more(20)
            try await body(proxy, server)
            try await load.stop()
            #expect(load.failures == [] && load.refusals == 0)
            try await expectBalance(proxy, server, Double(load.answered))
        }
        try await server.program.remove()
    }

    private static func expectBalance(_ proxy: ProxyProcess, _ server: Server, _ total: Double) async throws {
        try await proxy.until("martlet_spans_recorded_total", is: total)
        try await proxy.until("martlet_span_queue_length", is: 0)
        let metrics = try await proxy.metrics()
        let exported = metrics("martlet_spans_exported_total")
        #expect(exported + metrics(dropped) == total)
        let taken = try server.calls().filter { $0.answer == "ok" || $0.answer.hasPrefix("partial") }
        let partly = metrics(dropped, ["reason": "partial_success"])
        #expect(Double(taken.reduce(0) { $0 + $1.spans }) == exported + partly)
    }

    private static func reach(_ proxy: ProxyProcess, _ name: String, _ labels: [String: String], _ value: Double)
        async throws
    {
        try await proxy.program.until("\(name)\(labels) reaches \(value)") {
            try await proxy.metrics()(name, labels) >= value
        }
    }

    @Test("many calls go over one connection, each with what is left of its time")
    func accepted() async throws {
        try await onLoop { loop in
            try await Self.run(loop, []) { proxy, server in
                try await Self.reach(proxy, Self.requests, ["outcome": "success"], 3)
                let calls = try server.calls()
                #expect(Set(calls.map(\.peer)).count == 1)
                #expect(calls.allSatisfy { (5...10).contains($0.secondsLeft) && $0.userAgent == "martlet-proxy" })
                #expect(try await proxy.metrics().values(of: "outcome", in: Self.requests) == ["success"])
            }
        }
    }

    @Test("a partial success loses what it names, INVALID_ARGUMENT and RESOURCE_EXHAUSTED their spans for good")
    func rejected() async throws {
        try await onLoop { loop in
            try await Self.run(loop, ["partial:3", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"]) { proxy, server in
                try await Self.reach(proxy, Self.requests, ["outcome": "success"], 1)
                let metrics = try await proxy.metrics()
                #expect(metrics(Self.requests, ["outcome": "partial_success"]) == 1)
                #expect(metrics(Self.requests, ["outcome": "rejected"]) == 2)
                #expect(metrics(Self.dropped, ["reason": "partial_success"]) == 3)
                let calls = try server.calls()
                #expect(metrics(Self.dropped, ["reason": "rejected"]) == Double(calls[1].spans + calls[2].spans))
                #expect(metrics.values(of: "reason", in: Self.dropped) == ["partial_success", "rejected"])
                #expect(Set(calls.prefix(4).map(\.digest)).count == 4)
            }
        }
    }

    @Test("UNAVAILABLE and a RESOURCE_EXHAUSTED with RetryInfo: the same spans again, not before that time")
    func retried() async throws {
        try await onLoop { loop in
            try await Self.run(loop, ["UNAVAILABLE:3", "RESOURCE_EXHAUSTED:2", "UNAVAILABLE"]) { proxy, server in
                try await Self.reach(proxy, Self.requests, ["outcome": "success"], 1)
                let calls = try server.calls()
                #expect(Set(calls.prefix(4).map(\.digest)).count == 1)
                #expect(Set(calls.map(\.peer)).count == 1)
                #expect(calls[1].at - calls[0].at >= 3)
                #expect(calls[2].at - calls[1].at >= 2)
                // The third wait of the exponential backoff, 2.25 s ± 50 %.
                #expect(calls[3].at - calls[2].at >= 1.1)
                let metrics = try await proxy.metrics()
                #expect(metrics(Self.requests, ["outcome": "unavailable"]) == 3)
                #expect(metrics(Self.dropped) == 0)
            }
        }
    }

    @Test("a call that hangs is given up after its time and made again, on a connection of its own")
    func hanging() async throws {
        try await onLoop { loop in
            try await Self.run(loop, ["hang"], pause: .milliseconds(20)) { proxy, server in
                try await Self.reach(proxy, Self.requests, ["outcome": "success"], 1)
                let calls = try server.calls()
                #expect(calls[0].digest == calls[1].digest)
                #expect(calls[0].peer != calls[1].peer)
                let metrics = try await proxy.metrics()
                #expect(metrics(Self.requests, ["outcome": "timeout"]) == 1)
                #expect(metrics(Self.dropped) == 0)
            }
        }
    }

    @Test("a server that goes away again and again is found again, and nothing is lost by it")
    func goesAway() async throws {
        try await onLoop { loop in
            try await Self.run(loop, [], maxAgeMilliseconds: 300) { proxy, server in
                try await proxy.program.until("several connections were used") {
                    Set(try server.calls().map(\.peer)).count >= 3
                }
                let metrics = try await proxy.metrics()
                #expect(metrics.values(of: "outcome", in: Self.requests) == ["success"])
                #expect(metrics(Self.dropped) == 0)
            }
        }
    }

    @Test(
        "our collector stores every span, by either way to say gRPC, and those of the end too",
        arguments: [["--collector", "grpc://"], ["--otlp-protocol", "grpc", "--collector", "http://"]])
    func collector(flags: [String]) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            try await CollectorProcess.run(loop, ["--joiner-idle", "100ms"]) { collector in
                let all = flags.dropLast() + ["\(flags[flags.count - 1])\(collector.otlp)", "--sampling-rate", "1"]
                try await ProxyProcess.run(loop, forwardingTo: upstream.address, Array(all)) { proxy in
                    let load = SteadyLoad(on: proxy.inbound, host: "a", expecting: ["x"], keepAlive: 4, loop: loop)
                    try await load.more(3_000)
                    #expect(try await proxy.stop() == 0)
                    try await load.wait("the end of all clients") { load.refusals == 4 }
                    #expect(load.failures == [])
                    let total = Double(load.answered)
                    try await collector.program.until("all \(total) spans are stored") {
                        try await collector.metrics()("martlet_collector_spans_stored_total") == total
                    }
                    let metrics = try await collector.metrics()
                    #expect(metrics("martlet_collector_spans_received_total") == total)
                    #expect(metrics.values(of: "code", in: "martlet_collector_requests_total") == ["OK"])
                    #expect(metrics.values(of: "transport", in: "martlet_collector_requests_total") == ["grpc"])
                }
            }
        }
    }
}
