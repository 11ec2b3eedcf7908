/// Traffic, errors and latency of one selection of raw series, in the guarded forms: zero-filled, never NaN, rate before
/// sum.
struct GoldenSignals: Sendable {
    /// Label matchers, without braces.
    let selector: String
    /// Labels that tell the lines apart; none sums everything up.
    let labels: [String]

    init(_ selector: String, by labels: [String] = []) {
        self.selector = selector
        self.labels = labels
    }

    /// Job and instance filters that every selector of a raw series carries.
    static let target = #"job=~"$job",instance=~"$instance""#

    var requests: String { sum("request_total") }
    var responses: String { sum("response_total") }

    /// Zero where nothing failed, even if no failure series exists.
    var failures: String { "\(sum("response_total", #",classification="failure""#)) or 0 * \(responses)" }

    /// Absent where there is no traffic: idle is neither 0 % nor 100 %.
    var successRatio: String { "1 - (\(failures)) / (\(responses) > 0)" }

    /// The comparison drops the NaN of an idle histogram.
    func latency(quantile: Double) -> String {
        let buckets = "rate(response_latency_seconds_bucket{\(selector)}[$__rate_interval])"
        let by = (["le"] + labels).joined(separator: ", ")
        return "histogram_quantile(\(quantile), sum by (\(by)) (\(buckets))) >= 0"
    }

    var buckets: String { "sum by (le) (rate(response_latency_seconds_bucket{\(selector)}[$__rate_interval]))" }

    /// Failures that the proxies made themselves, by reason, over a line of zeros.
    var failuresByReason: String {
        """
        \(GoldenSignals(selector, by: ["reason"]).sum("response_status_total", #",reason!="""#))
        or
        label_replace(0 * \(GoldenSignals(selector).responses), "reason", "none", "", "")
        """
    }

    func sum(_ metric: String, _ matchers: String = "") -> String {
        let by = labels.isEmpty ? "" : " by (\(labels.joined(separator: ", ")))"
        return "sum\(by) (rate(\(metric){\(selector)\(matchers)}[$__rate_interval]))"
    }
}

/// Judgements that repeat on every dashboard.
extension Field {
    static var successRatio: Field { .share(decimals: 3, thresholds: .low(warn: 0.99, good: 0.999), minimum: nil) }
    static var latency: Field { .of(.seconds) }
    static var requestRate: Field { .of(.requestsPerSecond) }
    static var errorBudget: Field {
        Field(unit: .ratio, maximum: 1, decimals: 1, thresholds: .low(warn: 0, good: 0.25))
    }
    static var burnRate: Field { .of(.count, decimals: 2, thresholds: .high(warn: 1, bad: 6)) }
}

extension DataLink {
    static func service(_ value: String) -> DataLink {
        DataLink(title: "Open the service", board: .service, variables: [KeyValue("service", value)])
    }

    static func edge(client: String, server: String) -> DataLink {
        DataLink(
            title: "Open the edge", board: .edgesAndRoutes,
            variables: [KeyValue("client", client), KeyValue("server", server)])
    }

    static func route(service: String, route: String) -> DataLink {
        DataLink(
            title: "Open the route", board: .edgesAndRoutes,
            variables: [KeyValue("server", service), KeyValue("route", route)])
    }
}
