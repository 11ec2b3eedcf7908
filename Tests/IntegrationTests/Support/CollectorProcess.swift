import EventLoop
import Foundation
import HTTPTransport

@testable import Demo

/// A real `martlet-collector` with a store of its own, which a second one can take over after the first was killed.
final class CollectorProcess {
    let program: StartedProgram
    /// Where proxies send spans: `--collector http://…`.
    let otlp: SocketAddress
    /// The Jaeger query API.
    let query: SocketAddress
    let metricsAddress: SocketAddress

    /// Starts a collector, waits until it answers, runs `body`, and ends it whatever happens.
    static func run<Result>(
        _ loop: EventLoop, _ flags: [String] = [], _ body: (CollectorProcess) async throws -> Result
    ) async throws -> Result {
        let data = try TemporaryFolder()
        let collector = try CollectorProcess(loop, data: data.path, flags)
        do {
            try await collector.untilReady()
            let result = try await body(collector)
            try await collector.program.remove()
            try data.remove()
            return result
        } catch {
            try await collector.program.remove()
            try data.remove()
            throw error
        }
    }

    /// Starts a collector; the caller waits for it and removes it.
    /// - Parameter data: the folder of its store.
    init(
        _ loop: EventLoop, data: String, _ flags: [String] = [], otlp: SocketAddress = Loopback.freshAddress()
    ) throws {
        self.otlp = otlp
        query = Loopback.freshAddress()
        metricsAddress = Loopback.freshAddress()
        let arguments = [
            "--otlp", otlp.description, "--query", query.description, "--metrics", metricsAddress.description,
            "--data", data,
        ]
        program = try StartedProgram("martlet-collector", arguments + flags, loop: loop)
    }

    func untilReady() async throws { try await program.untilReady("/ready", at: metricsAddress) }

    func metrics() async throws -> MetricSamples {
        MetricSamples(try await program.get("/metrics", at: metricsAddress).text)
    }

    /// What the Jaeger API answers: JSON.
    func ask(_ target: String) async throws -> Any {
        try JSONSerialization.jsonObject(with: Data(try await program.get(target, at: query).body))
    }
}
