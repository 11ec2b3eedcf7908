import Foundation
import HTTPTransport

/// The HTTP API of Prometheus, as far as the demo looks through it.
struct Prometheus {
    let source: JSONSource

    struct Sample: Decodable, Equatable {
        let labels: [String: String]
        let value: Double

        init(labels: [String: String], value: Double) {
            self.labels = labels
            self.value = value
        }

        private enum Key: String, CodingKey { case metric, value }

        /// `{"metric": {…}, "value": [seconds, "text"]}`
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            labels = try container.decode([String: String].self, forKey: .metric)
            var pair = try container.nestedUnkeyedContainer(forKey: .value)
            _ = try pair.decode(Double.self)
            value = Double(try pair.decode(String.self)) ?? .nan
        }
    }

    struct Target: Decodable {
        let labels: [String: String]
        let health: String
        let lastError: String
    }

    struct Alert: Decodable {
        let labels: [String: String]
        let state: String
    }

    struct Exemplar: Decodable {
        let labels: [String: String]
    }

    private struct Envelope<Content: Decodable>: Decodable { let data: Content }
    private struct Vector: Decodable { let result: [Sample] }
    private struct Targets: Decodable { let activeTargets: [Target] }
    private struct Alerts: Decodable { let alerts: [Alert] }
    private struct ExemplarSeries: Decodable { let exemplars: [Exemplar] }
    private struct Matrix: Decodable {
        /// `{"metric": {…}, "values": [[seconds, "text"], …]}`, of which the last is read.
        struct Point: Decodable {
            let value: Double

            private enum Key: String, CodingKey { case values }

            init(from decoder: any Decoder) throws {
                var list = try decoder.container(keyedBy: Key.self).nestedUnkeyedContainer(forKey: .values)
                var text = ""
                while !list.isAtEnd {
                    var pair = try list.nestedUnkeyedContainer()
                    _ = try pair.decode(Double.self)
                    text = try pair.decode(String.self)
                }
                value = Double(text) ?? .nan
            }
        }
        let result: [Point]
    }

    /// The value of an expression now.
    func query(_ expression: String) async throws(ObservationError) -> [Sample] {
        try await source.post("/api/v1/query", form: [("query", expression)], as: Envelope<Vector>.self).data.result
    }

    /// The newest value of each series that an expression has over the last `seconds`.
    func newest(_ expression: String, overSeconds seconds: Int) async throws(ObservationError) -> [Double] {
        let now = Date().timeIntervalSince1970
        let form = [
            ("query", expression), ("start", "\(now - Double(seconds))"), ("end", "\(now)"), ("step", "2"),
        ]
        let series = try await source.post("/api/v1/query_range", form: form, as: Envelope<Matrix>.self).data.result
        return series.map(\.value)
    }

    func targets() async throws(ObservationError) -> [Target] {
        try await source.get("/api/v1/targets?state=active", as: Envelope<Targets>.self).data.activeTargets
    }

    func alerts() async throws(ObservationError) -> [Alert] {
        try await source.get("/api/v1/alerts", as: Envelope<Alerts>.self).data.alerts
    }

    /// The trace ids that the series of an expression carried over the last `seconds`, newest last.
    func traceIdentifiers(_ expression: String, overSeconds seconds: Int) async throws(ObservationError) -> [String] {
        let now = Date().timeIntervalSince1970
        let form = [("query", expression), ("start", "\(now - Double(seconds))"), ("end", "\(now)")]
        let series = try await source.post(
            "/api/v1/query_exemplars", form: form, as: Envelope<[ExemplarSeries]>.self
        ).data
        return series.flatMap(\.exemplars).compactMap { $0.labels["trace_id"] }
    }
}
