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

    /// Takes over `failure_rate` and `latency_ms` of a query.
    /// - Returns: what is wrong with it, in which case nothing changed.
    mutating func change(to request: HTTPRequest) -> String? {
        var changed = self
        for (name, value) in request.queryItems {
            switch (name, Double(value)) {
            case ("failure_rate", let rate?) where (0...1).contains(rate): changed.failureRate = rate
            case ("latency_ms", let median?) where (0...60_000).contains(median):
                changed.latency.medianMilliseconds = median
            case ("failure_rate", _): return "failure_rate: found \(value), allowed is a number from 0 to 1"
            case ("latency_ms", _): return "latency_ms: found \(value), allowed is a number from 0 to 60000"
            case _: return "\(name): unknown; known are failure_rate and latency_ms"
            }
        }
        self = changed
        return nil
    }

    var json: String { #"{"failure_rate":\#(failureRate),"latency_ms":\#(latency.medianMilliseconds)}"# + "\n" }
}
