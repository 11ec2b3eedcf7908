import Bytes

/// What a valid traceparent says (W3C Trace Context level 2 §3.2).
struct TraceParent: Equatable {
    /// `VV-<32>-<16>-<2>`: the whole of version 00 and the known start of every later version.
    private static let byteCount = 55

    let traceID: TraceID
    let spanID: SpanID
    let flags: TraceFlags

    init(traceID: TraceID, spanID: SpanID, flags: TraceFlags) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
    }

    /// - Parameter value: the field value; whitespace around it is ignored.
    init?(_ value: borrowing RawSpan) {
        let range = value.trimmedRange(0..<value.byteCount)
        let start = range.lowerBound
        guard range.count >= Self.byteCount, let version = value.hexadecimal(at: start, digits: 2), version != 0xFF
        else { return nil }
        if range.count > Self.byteCount {
            // Version 00 ends here; later versions may go on after another dash.
            guard version > 0, value[start + Self.byteCount] == UInt8(ascii: "-") else { return nil }
        }
        let dashes = [2, 35, 52] as InlineArray<3, Int>
        for index in dashes.indices where value[start + dashes[index]] != UInt8(ascii: "-") { return nil }
        guard let high = value.hexadecimal(at: start + 3, digits: 16),
            let low = value.hexadecimal(at: start + 19, digits: 16),
            let span = value.hexadecimal(at: start + 36, digits: 16),
            let flags = value.hexadecimal(at: start + 53, digits: 2)
        else { return nil }
        traceID = TraceID(high: high, low: low)
        spanID = SpanID(span)
        self.flags = TraceFlags(rawValue: UInt8(flags))
        if traceID.isZero || spanID.isAbsent { return nil }
    }

    /// Appends the value in version 00, the only one that is ever sent.
    func write(to buffer: inout ByteBuffer) {
        buffer.append("00-")
        buffer.append(traceID)
        buffer.append("-")
        buffer.append(spanID)
        buffer.append("-")
        buffer.append(hexadecimal: flags.rawValue)
    }
}
