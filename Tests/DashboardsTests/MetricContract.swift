import MetricsExporter

/// Finds the metric that a series belongs to in the one list that proxies and collector register from.
enum MetricContract {
    /// `x_bucket` is part of the histogram `x`.
    static func metric(ofSeries name: String) -> MetricDescription? {
        MetricName.all.first { metric in
            switch metric.kind {
            case .counter, .gauge: metric.name == name
            case .histogram, .summary: ["_bucket", "_sum", "_count"].contains { metric.name + $0 == name }
            }
        }
    }
}
