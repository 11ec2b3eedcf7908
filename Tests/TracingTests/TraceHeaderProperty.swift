import Bytes

// The fuzz target compiles this file together with the parsers, without the module.
#if canImport(Tracing)
    @testable import Tracing
#endif

/// What holds for any header lines: one input line is one byte that picks the header, then its value. What is read must
/// come out again unchanged in its meaning, in every form.
enum TraceHeaderProperty {
    /// The first property that `input` violates, or `nil`.
    static func violation(_ input: [UInt8]) -> String? {
        let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        for line in lines {
            if let violation = unsafe violation(name: line.span.bytes) { return violation }
        }
        for precedence in [PropagationPrecedence.w3cFirst, .b3First] {
            if let violation = violation(reading: lines, precedence) { return violation }
        }
        return nil
    }

    private static func violation(name: RawSpan) -> String? {
        if let header = TraceHeader(name: name), header.name.utf8CodeUnitCount != name.byteCount {
            return "a header of another length was recognised"
        }
        guard let retryAfter = RetryAfter(name) else { return nil }
        let now = TracingTime(monotonicNanoseconds: 0, unixNanoseconds: 1_767_225_600_000_000_000)
        let isPast = if case .date(let seconds) = retryAfter { seconds <= 1_767_225_600 } else { false }
        return isPast && retryAfter.nanoseconds(from: now) != 0 ? "a past date must not wait" : nil
    }

    private static func violation(reading lines: [[UInt8]], _ precedence: PropagationPrecedence) -> String? {
        var reader = TraceHeaderReader()
        for line in lines {
            guard let first = line.first else { continue }
            let header = TraceHeader.allCases[Int(first) % TraceHeader.allCases.count]
            unsafe reader.read(header, value: Array(line.dropFirst()).span.bytes)
        }
        let incoming = reader.finish(precedence: precedence)
        let state = incoming.traceState.text.utf8
        if state.count > TracingLimits.traceStateBytes { return "the tracestate is too long" }
        if !state.allSatisfy({ $0 == 0x09 || (0x20...0x7E).contains($0) }) { return "the tracestate has a wrong byte" }
        if let parent = incoming.parent, parent.traceID.isZero || parent.spanID.isAbsent { return "an id is zero" }
        return roundTripViolation(incoming)
    }

    private static func roundTripViolation(_ incoming: ExtractedContext) -> String? {
        var ids = IDGenerator(seed: (1, 2, 3, 4))
        let hop = TraceContext(continuing: incoming, sampler: Sampler(rate: 0.5), ids: &ids)
        var reader = TraceHeaderReader()
        var fault: String?
        hop.inject { name, value in
            var buffer = ByteBuffer()
            value(&buffer)
            guard let header = unsafe TraceHeader(name: Array(name.description.utf8).span.bytes) else {
                fault = "an unknown header was injected"
                return
            }
            let bytes = unsafe buffer.withReadableBytes { unsafe Array($0) }
            if bytes.contains(where: { $0 < 0x20 && $0 != 0x09 }) { fault = "a line is malformed" }
            unsafe reader.read(header, value: bytes.span.bytes)
        }
        if let fault { return fault }
        for precedence in [PropagationPrecedence.w3cFirst, .b3First] {
            let outgoing = reader.finish(precedence: precedence)
            guard outgoing.parent?.traceID == hop.traceID, outgoing.parent?.spanID == hop.spanID else {
                return "the ids did not survive"
            }
            let isSampled = outgoing.decision == .accept || outgoing.decision == .debug
            if isSampled != hop.isSampled { return "the decision did not survive" }
        }
        return reader.finish().traceState == hop.traceState ? nil : "the tracestate did not survive"
    }
}
