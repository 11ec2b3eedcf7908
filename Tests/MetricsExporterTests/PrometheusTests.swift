import Foundation
import Programs
import Testing

@testable import MetricsExporter

@Suite("A real Prometheus", .timeLimit(.minutes(2)))
struct PrometheusTests {
    private struct Answer<Item: Decodable>: Decodable {
        var status: String
        var data: Item
    }

    private struct Vector: Decodable {
        struct Sample: Decodable {
            var metric: [String: String]
            var value: [Value]
        }

        /// A time in seconds or a sample as a string.
        enum Value: Decodable {
            case time(Double)
            case sample(Double)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self) {
                    self = .sample(Double(text) ?? .nan)
                } else {
                    self = .time(try container.decode(Double.self))
                }
            }
        }

        var result: [Sample]
    }

    private struct ExemplarSeries: Decodable {
        struct Item: Decodable {
            var labels: [String: String]
            var value: String
        }

        var seriesLabels: [String: String]
        var exemplars: [Item]
    }

    /// A Prometheus that scrapes `target` five times a second.
    private struct Server {
        let port: UInt16

        /// The samples of an instant query, by label set without the name.
        func query(_ expression: String) throws -> [[String: String]: Double] {
            let answer: Answer<Vector> = try get("query?query=\(Self.escaped(expression))")
            var found: [[String: String]: Double] = [:]
            for sample in answer.data.result {
                let labels = sample.metric.filter { !["__name__", "job", "instance"].contains($0.key) }
                if case .sample(let value) = sample.value[1] { found[labels] = value }
            }
            return found
        }

        func exemplars(_ selector: String) throws -> [ExemplarSeries] {
            let range = "start=\(Date().timeIntervalSince1970 - 600)&end=\(Date().timeIntervalSince1970 + 600)"
            let answer: Answer<[ExemplarSeries]> = try get(
                "query_exemplars?query=\(Self.escaped(selector))&\(range)")
            return answer.data
        }

        private func get<Item: Decodable>(_ path: String) throws -> Item {
            try JSONDecoder().decode(Item.self, from: try Loopback.get(port: port, "/api/v1/" + path))
        }

        private static func escaped(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        }
    }

    private func withPrometheus(
        _ registry: Registry, features: String, _ body: (Server, ScrapeServer) async throws -> Void
    ) async throws {
        try await Tool.withDirectory { directory in
            let target = try ScrapeServer(registry)
            defer { target.stop() }
            let configuration = directory.appendingPathComponent("prometheus.yml")
            let text = """
                scrape_configs:
                  - {job_name: t, scrape_interval: 200ms, scrape_timeout: 200ms,
                     static_configs: [{targets: ["127.0.0.1:\(target.port)"]}]}
                """
            try Data(text.utf8).write(to: configuration)
            let server = Server(port: try Loopback.freePort())
            let log = directory.appendingPathComponent("log")
            try Data().write(to: log)
            let prometheus = try Child(
                [
                    "/usr/bin/prometheus", "--config.file=\(configuration.path)",
                    "--storage.tsdb.path=\(directory.path)/data", "--web.listen-address=127.0.0.1:\(server.port)",
                    "--enable-feature=\(features)",
                ], output: FileHandle(forWritingTo: log))
            defer {
                prometheus.send(SIGTERM)
                prometheus.wait()
            }
            try await body(server, target)
        }
    }

    /// Asks again until the answer is as wanted or a minute has passed, and returns the last answer.
    private func eventually<T>(_ ask: () throws -> T, until isWanted: (T) -> Bool) async throws -> T {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while true {
            do {
                let answer = try ask()
                if isWanted(answer) || .now > deadline { return answer }
            } catch  where ContinuousClock.now < deadline {
                // Prometheus does not listen yet.
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func fill(_ registry: Registry) throws {
        let counter = try registry.counter(MetricDescription(.counter, "x_total", help: "X.", labels: ["v"]))
        counter.cell(shard: 0, labels: [PromtoolTests.hostile]).add(7)
        let waits = try registry.histogram(
            MetricDescription(.histogram, "wait_seconds", help: "W.", unit: "seconds", labels: ["to"]))
        let cell = waits.cell(shard: 0, labels: ["a"])
        for _ in 0..<90 { cell.record(nanoseconds: 100_000_000) }
        for _ in 0..<9 { cell.record(nanoseconds: 1_500_000_000) }
        let now = UInt64(Date().timeIntervalSince1970 * 1e9)
        cell.record(
            nanoseconds: 1_500_000_000,
            exemplar: Exemplar(traceIDHigh: 0xfeed, traceIDLow: 1, spanID: 2, unixNanoseconds: now))
    }

    private func expectClassic(_ server: Server) async throws {
        let counter = try await eventually({ try server.query("x_total") }, until: { !$0.isEmpty })
        #expect(counter == [["v": PromtoolTests.hostile]: 7])
        #expect(try server.query("wait_seconds_count") == [["to": "a"]: 100])
        #expect(try server.query("wait_seconds_sum") == [["to": "a"]: 24])
        #expect(try server.query(#"wait_seconds_bucket{le="1.0"}"#) == [["to": "a", "le": "1.0"]: 90])
        // 5 % of the way from the 90th to the 100th observation, all between √2 s and 2 s.
        let quantile = try server.query("histogram_quantile(0.905, wait_seconds_bucket)")[["to": "a"]]
        let expected: Double = 0.95 * 2.0.squareRoot() + 0.05 * 2.0
        let found = try #require(quantile)
        #expect((found - expected).magnitude < 1e-9)
        let exemplars = try await eventually({ try server.exemplars("wait_seconds_bucket") }, until: { !$0.isEmpty })
        #expect(exemplars.count == 1)
        #expect(exemplars.first?.seriesLabels["le"] == "2.0")
        #expect(
            exemplars.first?.exemplars.map(\.labels) == [
                ["trace_id": "000000000000feed0000000000000001", "span_id": "0000000000000002"]
            ])
        #expect(exemplars.first?.exemplars.map { Double($0.value) } == [1.5])
    }

    @Test("reads values, quantiles and exemplars from OpenMetrics")
    func openMetrics() async throws {
        let registry = Registry()
        try fill(registry)
        try await withPrometheus(registry, features: "exemplar-storage") { server, target in
            try await expectClassic(server)
            #expect(Set(target.contentTypes) == ["application/openmetrics-text; version=1.0.0; charset=utf-8"])
        }
    }

    @Test("reads the same from protobuf")
    func protobuf() async throws {
        let registry = Registry()
        try fill(registry)
        try await withPrometheus(registry, features: "exemplar-storage,native-histograms") { server, target in
            try await expectClassic(server)
            #expect(target.contentTypes.allSatisfy { $0.hasPrefix("application/vnd.google.protobuf;") })
        }
    }

    @Test("reads native histograms when the registry offers them")
    func native() async throws {
        let registry = Registry(histogramFormat: .classicAndNative)
        try fill(registry)
        try await withPrometheus(registry, features: "exemplar-storage,native-histograms") { server, _ in
            let count = try await eventually(
                { try server.query("histogram_count(wait_seconds)") }, until: { !$0.isEmpty })
            #expect(count == [["to": "a"]: 100])
            #expect(try server.query("histogram_sum(wait_seconds)") == [["to": "a"]: 24])
            // The buckets of 0.1 s and 1.5 s are (2^(-27/8), 2^(-26/8)] and (2^(4/8), 2^(5/8)].
            #expect(try server.query("histogram_fraction(0, 0.10511205190671433, wait_seconds)") == [["to": "a"]: 0.9])
            let quantile = try #require(try server.query("histogram_quantile(0.95, wait_seconds)")[["to": "a"]])
            #expect(quantile > 1.4142135623730950 && quantile < 1.5422108254079409)
        }
    }
}
