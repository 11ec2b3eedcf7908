import HTTPTransport

/// How a service behaves now; changed at run time by `POST /_control`.
package struct Behaviour: Sendable, Equatable {
    package var latency: LatencyDistribution
    /// Share of requests that are answered 500, from 0 to 1.
    package var failureRate = 0.0

    package init(latency: LatencyDistribution, failureRate: Double = 0) {
        self.latency = latency
        self.failureRate = failureRate
    }

    /// Takes over `failure_rate`, `latency_ms` and `spread` of a query.
    /// - Returns: what is wrong with it, in which case nothing changed.
    mutating func change(to request: HTTPRequest) -> String? {
        var changed = self
        for (name, value) in request.queryItems {
            switch (name, Double(value)) {
            case ("failure_rate", let rate?) where (0...1).contains(rate): changed.failureRate = rate
            case ("latency_ms", let median?) where (0...60_000).contains(median):
                changed.latency.medianMilliseconds = median
            case ("spread", let spread?) where (0...3).contains(spread): changed.latency.spread = spread
            case ("failure_rate", _): return "failure_rate: found \(value), allowed is a number from 0 to 1"
            case ("latency_ms", _): return "latency_ms: found \(value), allowed is a number from 0 to 60000"
            case ("spread", _): return "spread: found \(value), allowed is a number from 0 to 3"
            case _: return "\(name): unknown; known are failure_rate, latency_ms and spread"
            }
        }
        self = changed
        return nil
    }

    var json: String {
        #"{"failure_rate":\#(failureRate),"latency_ms":\#(latency.medianMilliseconds),"spread":\#(latency.spread)}"#
            + "\n"
    }

    /// For a person.
    var sentence: String {
        "failure rate \(Self.number(failureRate)), median latency \(Self.number(latency.medianMilliseconds)) ms, "
            + "spread \(Self.number(latency.spread))"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}

extension Behaviour: Decodable {
    private enum Key: String, CodingKey {
        case failureRate = "failure_rate"
        case latencyMilliseconds = "latency_ms"
        case spread
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        failureRate = try container.decode(Double.self, forKey: .failureRate)
        latency = LatencyDistribution(
            medianMilliseconds: try container.decode(Double.self, forKey: .latencyMilliseconds),
            spread: try container.decode(Double.self, forKey: .spread))
    }
}
