import Synchronization

/// What the registry tells about its own expositions. Each scrape shows the one before it, since its own is not over.
final class ScrapeMetrics: Sendable {
    private let duration: GaugeFamily
    private let series: GaugeFamily
    private let clamped: CounterFamily
    private let lastByteCount = Atomic<Int>(0)

    init() {
        duration = GaugeFamily(MetricName.scrapeDuration, seriesBudget: 1, folded: nil)
        series = GaugeFamily(MetricName.scrapeSeries, seriesBudget: 1, folded: nil)
        clamped = CounterFamily(MetricName.histogramClamped, seriesBudget: Limits.families, folded: nil)
    }

    var families: [Registry.Family] { [.gauge(duration), .gauge(series), .counter(clamped)] }

    /// Room for a body like the last one and some growth.
    var bytesExpected: Int {
        let last = lastByteCount.load(ordering: .relaxed)
        return last + last / 8 + 4_096
    }

    func record(duration elapsed: Duration, samples: Int, byteCount: Int) {
        lastByteCount.store(byteCount, ordering: .relaxed)
        duration.shared().set(elapsed / .seconds(1))
        series.shared().set(Double(samples))
    }

    /// Shows how many observations of a histogram were longer than its last bucket.
    func observeClamped(_ family: HistogramFamily) {
        clamped.observe(labels: [family.description.name]) {
            var total: UInt64 = 0
            for series in family.snapshot() {
                for shard in series.shards { total &+= shard.cell.overrange }
            }
            return Double(total)
        }
    }
}
