/// Export requests as a fleet of services sends them: every instance batches its own spans, so that the spans of a trace
/// arrive in several requests, among those of many other traces.
///
/// A trace has 10 spans, a span 11 attributes of 97 keys and 1,000 values: the defaults of Jaeger's `tracegen`. Where
/// that takes keys and values in turn, here they are drawn at random, so that a compressor finds nothing that real
/// spans do not have. Requests depend on seed and first start alone.
package struct SpanLoad {
    package struct Batch: Sendable {
        package let request: [UInt8]
        package let spans: Int
    }

    package static let attributesPerSpan = 11
    static let keyCount = 97
    static let valueCount = 1_000
    private static let instancesPerService = 3
    private static let operationsPerService = 8
    /// Of this many traces one fails.
    private static let tracesPerFailure = 100
    /// Nanoseconds between the starts of two traces, on average.
    private static let traceInterval = 100_000

    private let batchSpans: Int
    private var random: SplitMix64
    private var senders: [SpanSender] = []
    private var ready: [Batch] = []
    private var keys = Array(0..<Self.keyCount)
    private let keyPrefixes: [[UInt8]]
    private let valueSuffixes: [[UInt8]]
    private var clock: UInt64

    /// - Parameters:
    ///   - firstStart: when the first trace begins, in nanoseconds since the epoch.
    ///   - batchSpans: spans of a request; 512 is what OpenTelemetry's batch processor sends.
    package init(seed: UInt64, firstStart: UInt64, batchSpans: Int = 512) {
        random = SplitMix64(seed: seed)
        clock = firstStart
        self.batchSpans = batchSpans
        for service in SpanSender.names.indices {
            for instance in 0..<Self.instancesPerService {
                senders.append(SpanSender(service: service, instance: instance))
            }
        }
        let value = Self.valueText(0).utf8.count
        keyPrefixes = (0..<Self.keyCount).map { Self.keyPrefix(Self.keyText($0), valueBytes: value) }
        valueSuffixes = (0..<Self.valueCount).map { Array(Self.valueText($0).utf8) }
    }

    private static func keyText(_ number: Int) -> String { "attr_" + padded(number, digits: 2) }
    private static func valueText(_ number: Int) -> String { "val_" + padded(number, digits: 3) }

    private static func padded(_ number: Int, digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// An attribute field of a span up to its value, which has one length.
    private static func keyPrefix(_ key: String, valueBytes: Int) -> [UInt8] {
        let field = [UInt8].attribute(0x4A, key, String(repeating: "v", count: valueBytes))
        return Array(field.dropLast(valueBytes))
    }

    /// The next full request.
    package mutating func next() -> Batch {
        while ready.isEmpty { appendTrace() }
        return ready.removeFirst()
    }

    /// What is left in the senders' batches, so that every trace is whole.
    package mutating func finish() -> [Batch] {
        for index in senders.indices where senders[index].spanCount > 0 { close(index) }
        defer { ready = [] }
        return ready
    }

    private mutating func close(_ sender: Int) {
        let spans = senders[sender].spanCount
        ready.append(Batch(request: senders[sender].takeRequest(), spans: spans))
    }

    private mutating func appendTrace() {
        clock += UInt64(random.next(below: 2 * Self.traceInterval))
        let trace = (random.next(), random.next())
        let fails = random.next(below: Self.tracesPerFailure) == 0
        let firstService = random.next(below: SpanSender.names.count)
        let chosen = (0..<TraceShape.services).map { step in
            let service = (firstService + step * 5) % SpanSender.names.count
            return service * Self.instancesPerService + random.next(below: Self.instancesPerService)
        }
        let times = spanTimes()
        let ids = TraceShape.places.map { _ in random.next() | 1 }
        // A span is exported when it has ended, so children come before their parents.
        for index in TraceShape.places.indices.reversed() {
            let place = TraceShape.places[index]
            let sender = chosen[place.service]
            let span = span(
                trace: trace, id: ids[index], parent: place.parent.map { ids[$0] }, kind: place.kind,
                service: sender / Self.instancesPerService, times[index],
                hasFailed: fails && TraceShape.failing.contains(index))
            senders[sender].spans.append(field: 0x12, span)
            senders[sender].spanCount += 1
            if senders[sender].spanCount == batchSpans { close(sender) }
        }
    }

    private mutating func spanTimes() -> [Range<UInt64>] {
        // 4 ms to 512 ms for the root.
        var times = [clock..<clock + random.nextLogarithmic(least: 4_000_000, octaves: 7)]
        for place in TraceShape.places.dropFirst() {
            let outer = times[place.parent ?? 0]
            let sixteenth = UInt64(outer.count) / 16
            let start = outer.lowerBound + place.window.lowerBound * sixteenth
            let end = outer.lowerBound + place.window.upperBound * sixteenth
            let jitter = Int(max(sixteenth, 1))
            times.append(start + UInt64(random.next(below: jitter))..<end + UInt64(random.next(below: jitter)))
        }
        return times
    }

    private mutating func span(
        trace: (UInt64, UInt64), id: UInt64, parent: UInt64?, kind: UInt8, service: Int, _ time: Range<UInt64>,
        hasFailed: Bool
    ) -> [UInt8] {
        var span: [UInt8] = []
        span.reserveCapacity(384)
        span += [0x0A, 16]
        span.append(bigEndian: trace.0)
        span.append(bigEndian: trace.1)
        span += [0x12, 8]
        span.append(bigEndian: id)
        if let parent {
            span += [0x22, 8]
            span.append(bigEndian: parent)
        }
        let operation = random.next(below: Self.operationsPerService)
        span.append(field: 0x2A, "POST /api/v\(operation / 4 + 1)/\(SpanSender.names[service])/action-\(operation)")
        span += [0x30, kind, 0x39]
        span.append(littleEndian: time.lowerBound)
        span.append(0x41)
        span.append(littleEndian: time.upperBound)
        appendAttributes(to: &span)
        if hasFailed { span += [0x7A, 2, 0x18, 2] }
        // W3C flags: sampled, random; and the bit that says whether the parent is remote is known.
        span += [0x85, 0x01, 0x03, 0x01, 0, 0]
        return span
    }

    private mutating func appendAttributes(to span: inout [UInt8]) {
        for position in 0..<Self.attributesPerSpan {
            keys.swapAt(position, position + random.next(below: Self.keyCount - position))
            span.append(contentsOf: keyPrefixes[keys[position]])
            span.append(contentsOf: valueSuffixes[random.next(below: Self.valueCount)])
        }
    }
}
