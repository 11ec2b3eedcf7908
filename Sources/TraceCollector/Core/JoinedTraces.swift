/// Parts of traces that were released one after the other and are stored together.
enum JoinedTraces {
    /// The same spans with one entry per trace, in order of first appearance.
    static func merged(_ traces: [JoinedTrace]) -> [JoinedTrace] {
        var table = PairTable(initialCapacity: 2_048)
        var merged: [JoinedTrace] = []
        merged.reserveCapacity(traces.count)
        for trace in traces {
            if let known = table.value(trace.key.high, trace.key.low) {
                merged[known].absorb(trace)
            } else {
                table.set(trace.key.high, trace.key.low, merged.count)
                merged.append(trace)
            }
        }
        return merged
    }
}

extension JoinedTraces {
    /// The spans of one trace's parts as they will read once stored.
    static func storedForm(of parts: [JoinedTrace]) throws -> [StoredSpan] {
        guard let trace = merged(parts).first else { return [] }
        var writer = BlockWriter(level: 1)
        try writer.append(SettledTrace(trace))
        let block = writer.finish()
        var reader = try BlockReader(dictionary: block.dictionary, spans: block.spans)
        return try reader.read(wants: { _ in true })[0] ?? []
    }
}

extension TraceReader.Trace {
    /// Takes in spans that the trace does not have, by span id and kind.
    mutating func merge(_ more: [StoredSpan]) {
        let stored = spans
        for span in more where !stored.contains(where: { $0.spanID == span.spanID && $0.kind == span.kind }) {
            spans.append(span)
        }
        spans.sort { ($0.start, $0.spanID, $0.kind.rawValue) < ($1.start, $1.spanID, $1.kind.rawValue) }
    }
}
