/// Writes families as length-delimited `io.prometheus.client.MetricFamily` messages (client_model's metrics.proto, whose
/// field numbers stand at each call).
struct ProtobufExposition {
    /// `MetricType`.
    private enum FamilyType: UInt64 {
        case counter = 0
        case gauge = 1
        case summary = 2
        case histogram = 4
    }

    private var writer: ProtobufWriter
    /// Samples as a server counts them: a classic bucket is one, a native histogram is one.
    private(set) var samples = 0
    private let histogramFormat: Registry.HistogramFormat
    private var histogram = HistogramSnapshot()

    var bytes: [UInt8] { writer.bytes }

    init(_ histogramFormat: Registry.HistogramFormat, reserving byteCount: Int) {
        self.histogramFormat = histogramFormat
        writer = ProtobufWriter(reserving: byteCount)
    }

    mutating func write(_ family: Registry.Family) {
        switch family {
        case .counter(let family): write(family)
        case .gauge(let family): write(family)
        case .histogram(let family): write(family)
        case .summary(let family): write(family)
        }
    }

    private mutating func write(_ family: CounterFamily) {
        write(family.description, .counter, family.snapshot()) { series, metric in
            guard let value = series.counterValue(family.description.scale) else { return 0 }
            Self.writeMetric(series.labels, &metric) { $0.message(3) { $0.double(1, value) } }
            return 1
        }
    }

    private mutating func write(_ family: GaugeFamily) {
        write(family.description, .gauge, family.snapshot()) { series, metric in
            guard let value = series.gaugeValue else { return 0 }
            Self.writeMetric(series.labels, &metric) { $0.message(2) { $0.double(1, value) } }
            return 1
        }
    }

    private mutating func write(_ family: SummaryFamily) {
        write(family.description, .summary, family.snapshot()) { series, metric in
            let total = series.summaryTotal
            Self.writeMetric(series.labels, &metric) { metric in
                metric.message(4) { summary in
                    summary.unsigned(1, total.count)
                    summary.double(2, total.sum)
                }
            }
            return 2
        }
    }

    private mutating func write(_ family: HistogramFamily) {
        var snapshot = HistogramSnapshot()
        let native = histogramFormat == .classicAndNative
        write(family.description, .histogram, family.snapshot()) { series, metric in
            snapshot.collect(series)
            Self.writeMetric(series.labels, &metric) { metric in
                metric.message(7) { message in
                    message.unsigned(1, snapshot.count)
                    message.double(2, Double(snapshot.sumNanoseconds) / 1e9)
                    Self.writeBuckets(snapshot, &message)
                    if native { Self.writeNative(snapshot, &message) }
                }
            }
            return ClassicBuckets.count + 2 + (native ? 1 : 0)
        }
    }

    /// - Parameter each: writes one `Metric` and returns the samples in it.
    private mutating func write<Cell>(
        _ description: MetricDescription, _ type: FamilyType, _ all: [Series<Cell>],
        _ each: (Series<Cell>, inout ProtobufWriter) -> Int
    ) {
        if all.isEmpty { return }
        var written = 0
        writer.delimited { family in
            family.string(1, description.name)
            family.string(2, description.help)
            family.unsigned(3, type.rawValue)
            for series in all { written += each(series, &family) }
            if !description.unit.isEmpty { family.string(5, description.unit) }
        }
        samples += written
    }

    private static func writeMetric(
        _ labels: LabelSet, _ writer: inout ProtobufWriter, _ value: (inout ProtobufWriter) -> Void
    ) {
        writer.message(4) { metric in
            for (position, name) in labels.names.enumerated() {
                metric.message(1) { pair in
                    pair.string(1, name)
                    pair.string(2, labels.values[position])
                }
            }
            value(&metric)
        }
    }

    private static func writeBuckets(_ snapshot: HistogramSnapshot, _ writer: inout ProtobufWriter) {
        var cumulative: UInt64 = 0
        var slot = 0
        for bucket in 0..<ClassicBuckets.count {
            while slot <= ClassicBuckets.lastSlots[bucket] {
                cumulative &+= snapshot.slots[slot]
                slot += 1
            }
            writer.message(3) { message in
                message.unsigned(1, cumulative)
                message.double(2, ClassicBuckets.upperBounds[bucket])
                if let found = snapshot.exemplars[bucket] { message.message(3) { write(found, &$0) } }
            }
        }
    }

    private static func write(_ found: RecordedExemplar, _ writer: inout ProtobufWriter) {
        writer.message(1) { pair in
            pair.string(1, "trace_id")
            pair.hexadecimalString(2, [found.exemplar.traceIDHigh, found.exemplar.traceIDLow])
        }
        writer.message(1) { pair in
            pair.string(1, "span_id")
            pair.hexadecimalString(2, [found.exemplar.spanID])
        }
        writer.double(2, Double(found.nanoseconds) / 1e9)
        writer.message(3) { timestamp in
            timestamp.unsigned(1, found.exemplar.unixNanoseconds / 1_000_000_000)
            timestamp.unsigned(2, found.exemplar.unixNanoseconds % 1_000_000_000)
        }
    }

    /// The zero threshold is always positive, which is how a server recognises an empty native histogram.
    private static func writeNative(_ snapshot: HistogramSnapshot, _ writer: inout ProtobufWriter) {
        writer.signed(5, Int64(ExponentialScale.schema))
        writer.double(6, ExponentialScale.zeroThreshold)
        writer.unsigned(7, snapshot.slots[0])
        let buckets = NativeBuckets(snapshot)
        for span in buckets.spans {
            writer.message(12) { message in
                message.signed(1, span.offset)
                message.unsigned(2, span.length)
            }
        }
        if !buckets.deltas.isEmpty { writer.packedSigned(13, buckets.deltas) }
    }
}

extension Series where Cell == CounterCell {
    /// Nil when the source has nothing to show now.
    func counterValue(_ scale: MetricScale) -> Double? {
        if let source { return source() }
        var total: UInt64 = 0
        for shard in shards { total &+= shard.cell.current }
        return switch scale {
        case .plain: Double(total)
        case .nanosecondsAsSeconds: Double(total) / 1e9
        }
    }
}
