/// Writes families as text 0.0.4 or as OpenMetrics. The sample lines of both are the same bytes but for exemplars; the
/// metadata differs.
struct TextExposition {
    enum Dialect {
        case text
        case openMetrics
    }

    private(set) var bytes: [UInt8] = []
    /// Sample lines written.
    private(set) var samples = 0
    private let dialect: Dialect
    private var histogram = HistogramSnapshot()

    init(_ dialect: Dialect, reserving byteCount: Int) {
        self.dialect = dialect
        bytes.reserveCapacity(byteCount)
    }

    mutating func write(_ family: Registry.Family) {
        switch family {
        case .counter(let family): write(family)
        case .gauge(let family): write(family)
        case .histogram(let family): write(family)
        case .summary(let family): write(family)
        }
    }

    mutating func finish() {
        if dialect == .openMetrics { bytes.append(contentsOf: "# EOF\n".utf8) }
    }

    private mutating func write(_ family: CounterFamily) {
        let all = family.snapshot()
        writeHeader(family.description, all.isEmpty)
        for series in all {
            if let source = series.source {
                guard let value = source() else { continue }
                bytes.append(contentsOf: series.prefix)
                bytes.append(number: value)
            } else {
                var total: UInt64 = 0
                for shard in series.shards { total &+= shard.cell.current }
                bytes.append(contentsOf: series.prefix)
                switch family.description.scale {
                case .plain: bytes.append(decimal: total)
                case .nanosecondsAsSeconds: bytes.append(secondsOf: total)
                }
            }
            endSample()
        }
    }

    private mutating func write(_ family: GaugeFamily) {
        let all = family.snapshot()
        writeHeader(family.description, all.isEmpty)
        for series in all {
            guard let value = series.gaugeValue else { continue }
            bytes.append(contentsOf: series.prefix)
            bytes.append(number: value)
            endSample()
        }
    }

    private mutating func write(_ family: SummaryFamily) {
        let all = family.snapshot()
        writeHeader(family.description, all.isEmpty)
        for series in all {
            let total = series.summaryTotal
            bytes.append(contentsOf: series.prefix)
            bytes.append(number: total.sum)
            endSample()
            bytes.append(contentsOf: series.furtherPrefixes[0])
            bytes.append(decimal: total.count)
            endSample()
        }
    }

    private mutating func write(_ family: HistogramFamily) {
        let all = family.snapshot()
        writeHeader(family.description, all.isEmpty)
        for series in all {
            histogram.collect(series)
            var cumulative: UInt64 = 0
            var slot = 0
            for bucket in 0..<ClassicBuckets.count {
                while slot <= ClassicBuckets.lastSlots[bucket] {
                    cumulative &+= histogram.slots[slot]
                    slot += 1
                }
                bytes.append(contentsOf: series.prefix)
                bytes.append(contentsOf: ClassicBuckets.lineTails[bucket])
                bytes.append(decimal: cumulative)
                if dialect == .openMetrics, let found = histogram.exemplars[bucket] { write(found) }
                endSample()
            }
            bytes.append(contentsOf: series.furtherPrefixes[0])
            bytes.append(secondsOf: histogram.sumNanoseconds)
            endSample()
            bytes.append(contentsOf: series.furtherPrefixes[1])
            bytes.append(decimal: cumulative)
            endSample()
        }
    }

    /// The label names and values have 63 characters together; OpenMetrics 1.0 allows 128.
    private mutating func write(_ found: RecordedExemplar) {
        bytes.append(contentsOf: " # {trace_id=\"".utf8)
        bytes.append(hexadecimal: found.exemplar.traceIDHigh)
        bytes.append(hexadecimal: found.exemplar.traceIDLow)
        bytes.append(contentsOf: "\",span_id=\"".utf8)
        bytes.append(hexadecimal: found.exemplar.spanID)
        bytes.append(contentsOf: "\"} ".utf8)
        bytes.append(secondsOf: found.nanoseconds)
        bytes.append(UInt8(ascii: " "))
        bytes.append(secondsOf: found.exemplar.unixNanoseconds)
    }

    private mutating func endSample() {
        bytes.append(UInt8(ascii: "\n"))
        samples += 1
        if samples % ScrapeStride.samples == 0 { ScrapeStride.end() }
    }

    /// A family without series is not mentioned at all.
    private mutating func writeHeader(_ description: MetricDescription, _ isEmpty: Bool) {
        if isEmpty { return }
        let name = dialect == .text ? description.name : description.familyName
        if dialect == .openMetrics {
            writeMetadata("TYPE", name, description.kind.rawValue)
            if !description.unit.isEmpty { writeMetadata("UNIT", name, description.unit) }
        }
        writeMetadata("HELP", name, "")
        bytes.append(description.help, escapingQuotes: dialect == .openMetrics)
        bytes.append(UInt8(ascii: "\n"))
        if dialect == .text { writeMetadata("TYPE", name, description.kind.rawValue) }
    }

    /// An empty `text` leaves the line open.
    private mutating func writeMetadata(_ keyword: String, _ name: String, _ text: String) {
        bytes.append(contentsOf: "# ".utf8)
        bytes.append(contentsOf: keyword.utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: " "))
        if text.isEmpty { return }
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }
}

extension Series where Cell == GaugeCell {
    /// Nil when the source has nothing to show now.
    var gaugeValue: Double? {
        if let source { return source() }
        var total = 0.0
        for shard in shards { total += shard.cell.current }
        return total
    }
}

extension Series where Cell == SummaryCell {
    var summaryTotal: (count: UInt64, sum: Double) {
        var count: UInt64 = 0
        var sum = 0.0
        for shard in shards {
            count &+= shard.cell.count
            sum += shard.cell.sum
        }
        return (count, sum)
    }
}
