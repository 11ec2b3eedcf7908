// The fuzz target compiles this file together with the reader, without the module.
#if canImport(TraceCollector)
    @testable import TraceCollector
#endif

/// What holds for any bytes that arrive as an export request.
enum OTLPProperty {
    /// The first property that `input` violates, or nil.
    static func violation(_ input: [UInt8]) -> String? {
        if let difference = OTLPOracle.difference(input) { return difference }
        var batch = SpanBatch()
        do {
            try OTLPReader.read(input.span, into: &batch)
        } catch {
            return nil
        }
        return rangeViolation(batch, input) ?? storageViolation(batch, input)
    }

    /// Everything that a record points at lies in the request, and a span's parts in the span.
    private static func rangeViolation(_ batch: SpanBatch, _ input: [UInt8]) -> String? {
        for span in batch.spans {
            let body = span.body.range
            guard body.upperBound <= input.count, batch.scopes.indices.contains(Int(span.scope)) else {
                return "a span outside of its request"
            }
            for part in [span.name, span.peer] where !part.isEmpty {
                guard body.contains(part.range) else { return "a part outside of its span" }
            }
        }
        for range in batch.pieces + batch.resources.flatMap({ [$0.schemaURL, $0.serviceName] }) where !range.isEmpty {
            guard range.range.upperBound <= input.count else { return "a piece outside of its request" }
        }
        return nil
    }

    /// What the reader accepts can be joined, stored and read back.
    private static func storageViolation(_ batch: SpanBatch, _ input: [UInt8]) -> String? {
        var joiner = Joiner()
        var origins = OriginTable()
        for record in batch.spans {
            let origin = origins.origin(of: batch.scopes[Int(record.scope)], in: batch, input.span)
            joiner.insert(record, origin: origin, input.span, segment: 1, now: 0)
        }
        joiner.releaseAll()
        let traces = joiner.takeReleased().map { SettledTrace($0) }
        do {
            var writer = BlockWriter(level: 1)
            for trace in traces { try writer.append(trace) }
            let block = writer.finish()
            var reader = try BlockReader(dictionary: block.dictionary, spans: block.spans)
            let stored = try reader.read(wants: { _ in true })
            for (number, trace) in traces.enumerated() {
                if let violation = violation(stored[number] ?? [], of: trace) { return violation }
            }
        } catch {
            return "accepted, but not to be stored: \(error)"
        }
        return nil
    }

    private static func violation(_ stored: [StoredSpan], of trace: SettledTrace) -> String? {
        guard stored.count == trace.spans.count else { return "\(stored.count) of \(trace.spans.count) spans stored" }
        for (left, right) in zip(stored, trace.spans) {
            guard left.spanID == right.spanID, left.parentID == right.parentID, left.start == right.start,
                left.end == right.end, left.kind == right.kind, left.status == right.status
            else { return "\(left) was stored for \(right)" }
        }
        for span in stored {
            let texts = [span.name, span.traceState, span.statusMessage, span.origin.serviceName]
            for text in texts + span.attributes.map(\.key) + span.events.map(\.name) {
                guard UTF8Repair.repaired(text.span, 0..<text.count) == text else { return "a text that is no UTF-8" }
            }
        }
        return nil
    }
}

extension Range where Bound == Int {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
