import Bytes

/// What a B3 header or header set says. A decision may travel without ids.
struct B3Context: Equatable {
    var traceID: TraceID
    var spanID: SpanID
    /// Of the caller's span; absent on a root span.
    var parentSpanID = SpanID.absent
    var decision = SamplingDecision.deferred

    static let none = B3Context(traceID: TraceID(high: 0, low: 0), spanID: .absent)

    var hasIDs: Bool { !traceID.isZero && !spanID.isAbsent }
}

extension B3Context {
    /// The single header: `{trace}-{span}[-{0|1|d}[-{parent}]]`, or a decision alone; `nil` when it is neither.
    init?(single value: borrowing RawSpan) {
        let range = value.trimmedRange(0..<value.byteCount)
        self = .none
        if range.count == 1 {
            guard let decision = SamplingDecision(b3: value[range.lowerBound]) else { return nil }
            self.decision = decision
            return
        }
        var position = range.lowerBound
        guard let trace = value.b3Field(from: &position, to: range.upperBound),
            let traceID = TraceID(b3: value, in: trace),
            let span = value.b3Field(from: &position, to: range.upperBound),
            let spanID = SpanID(b3: value, in: span)
        else { return nil }
        self.traceID = traceID
        self.spanID = spanID
        guard let decision = value.b3Field(from: &position, to: range.upperBound) else {
            // Nothing follows, unless a dash was left without its field.
            if position != range.upperBound + 1 { return nil }
            return
        }
        guard decision.count == 1, let decided = SamplingDecision(b3: value[decision.lowerBound]) else {
            return nil
        }
        self.decision = decided
        guard let parent = value.b3Field(from: &position, to: range.upperBound) else {
            if position != range.upperBound + 1 { return nil }
            return
        }
        guard let parentSpanID = SpanID(b3: value, in: parent), position == range.upperBound + 1 else { return nil }
        self.parentSpanID = parentSpanID
    }
}

extension SamplingDecision {
    fileprivate init?(b3 byte: UInt8) {
        switch byte {
        case UInt8(ascii: "0"): self = .deny
        case UInt8(ascii: "1"): self = .accept
        case UInt8(ascii: "d"): self = .debug
        default: return nil
        }
    }

    /// X-B3-Sampled; old senders write words.
    init?(b3Sampled value: borrowing RawSpan) {
        let range = value.trimmedRange(0..<value.byteCount)
        if value.equalsIgnoringCase("1", in: range) || value.equalsIgnoringCase("true", in: range) {
            self = .accept
        } else if value.equalsIgnoringCase("0", in: range) || value.equalsIgnoringCase("false", in: range) {
            self = .deny
        } else {
            return nil
        }
    }
}

extension TraceID {
    /// 32 digits, or 16 that are widened with zeros on the left.
    init?(b3 value: borrowing RawSpan, in range: Range<Int>) {
        let high: UInt64?
        switch range.count {
        case 32: high = value.hexadecimal(at: range.lowerBound, digits: 16, letters: .anyCase)
        case 16: high = 0
        default: return nil
        }
        guard let high, let low = value.hexadecimal(at: range.upperBound - 16, digits: 16, letters: .anyCase),
            high | low != 0
        else { return nil }
        self.init(high: high, low: low)
    }
}

extension SpanID {
    init?(b3 value: borrowing RawSpan, in range: Range<Int>) {
        guard range.count == 16,
            let value = value.hexadecimal(at: range.lowerBound, digits: 16, letters: .anyCase), value != 0
        else { return nil }
        self.init(value)
    }
}

extension RawSpan {
    /// The field up to the next dash, moving `position` behind the dash; `nil` when the value has ended. The end counts
    /// as a dash, so after the last field `position` is one past it.
    fileprivate func b3Field(from position: inout Int, to end: Int) -> Range<Int>? {
        guard position < end else { return nil }
        let start = position
        while position < end, self[position] != UInt8(ascii: "-") { position += 1 }
        let field = start..<position
        position += 1
        return field
    }
}
