import Foundation
import Programs
import Testing

@testable import MetricsExporter

@Suite("Prometheus' own tools", .timeLimit(.minutes(1)))
struct PromtoolTests {
    /// Every family of the contract with a series; its first label value is as hostile as can be unless told otherwise.
    static func fullRegistry(firstLabel: String = hostile) throws -> Registry {
        let registry = Registry()
        try registry.registerProcessMetrics()
        try registry.registerBuildInfo(component: "test", version: "1", revision: "abc")
        let done = Set(registry.gather().map(\.description.name))
        for description in MetricName.all where !done.contains(description.name) {
            let labels = description.labels.enumerated().map { $0.offset == 0 ? firstLabel : "\($0.offset)" }
            switch description.kind {
            case .counter: try registry.counter(description).cell(shard: 0, labels: labels).add(3)
            case .gauge: try registry.gauge(description).cell(shard: 0, labels: labels).set(0.25)
            case .histogram:
                try registry.histogram(description).cell(shard: 0, labels: labels)
                    .record(
                        nanoseconds: 30_000_000,
                        exemplar: Exemplar(traceIDHigh: 1, traceIDLow: 2, spanID: 3, unixNanoseconds: 4))
            case .summary: try registry.summary(description).cell(shard: 0, labels: labels).record(2)
            }
        }
        return registry
    }

    static let hostile = "a\"b\\c\nd\re\tf\0g} 1 # {é🐦"

    @Test("promtool check metrics finds nothing to complain about")
    func lint() async throws {
        try await Tool.withDirectory { directory in
            let file = directory.appendingPathComponent("metrics.txt")
            try Data(try Self.fullRegistry().body(.text)).write(to: file)
            let result = try Tool.run("promtool", ["check", "metrics"], input: file)
            #expect(result.output == "")
            #expect(result.status == 0)
        }
    }

    /// The parser insists on a timestamp for each sample, so each line gets one.
    @Test("Prometheus' OpenMetrics parser takes every line")
    func openMetrics() async throws {
        try await Tool.withDirectory { directory in
            let registry = try Self.fullRegistry()
            let lines = registry.string(.openMetrics(.standard)).split(separator: "\n")
            let stamped = lines.map { line -> String in
                guard !line.hasPrefix("#") else { return String(line) }
                guard let exemplar = line.range(of: " # {trace_id") else { return line + " 1700000000" }
                return line[..<exemplar.lowerBound] + " 1700000000" + line[exemplar.lowerBound...]
            }
            let file = directory.appendingPathComponent("metrics.txt")
            try Data((stamped.joined(separator: "\n") + "\n").utf8).write(to: file)
            let output = directory.appendingPathComponent("blocks").path
            let result = try Tool.run("promtool", ["tsdb", "create-blocks-from", "openmetrics", file.path, output])
            #expect(result.status == 0, "\(result.output)")
            let samples = lines.filter { !$0.hasPrefix("#") }.count
            #expect(try Tool.run("promtool", ["tsdb", "list", output]).output.contains(" \(samples) "))
        }
    }
}
