/// Spans that come after their trace was stored.
extension TraceStore {
    /// Finds the stored trace of the same id, drops the spans that it has, and renews its summary.
    ///
    /// - Returns: the row of the stored trace.
    mutating func merge(
        _ trace: inout SettledTrace, _ stored: inout StoredTraces
    ) throws(any Error) -> Int64 {
        statements.findTrace.bind(1, trace.key.bytes)
        guard try statements.findTrace.step() else { preconditionFailure("the conflicting trace is gone") }
        let row = statements.findTrace.integer(0)
        statements.findTrace.reset()
        var known: [SpanSkeleton] = []
        for place in try places(of: row) { known += try stored.skeletons(at: place, statements) }
        var identities = Set<SpanIdentity>()
        for span in known { identities.insert(SpanIdentity(spanID: span.spanID, kind: span.kind)) }
        trace.remove { identities.contains(SpanIdentity(spanID: $0, kind: $1)) }
        guard !trace.spans.isEmpty else { return row }
        countLateDependencies(trace, known)
        for span in trace.spans { known.append(SpanSkeleton(span, in: trace)) }
        statements.updateTrace.bind(summarize(known), from: 1)
        statements.updateTrace.bind(9, row)
        try statements.updateTrace.run()
        return row
    }

    private mutating func places(of row: Int64) throws(SQLiteError) -> [Int64] {
        var places = [row]
        statements.findFragments.bind(1, row)
        while try statements.findFragments.step() { places.append(statements.findFragments.integer(0)) }
        statements.findFragments.reset()
        return places
    }

    /// Calls between a span that comes late and one that is stored; those among late spans are counted with the rest.
    private mutating func countLateDependencies(_ trace: SettledTrace, _ known: [SpanSkeleton]) {
        let serviceOfKnown = Dictionary(known.map { ($0.spanID, $0.service) }) { first, _ in first }
        for index in trace.spans.indices where trace.parents[index] == SettledTrace.missingParent {
            let span = trace.spans[index]
            guard let parent = serviceOfKnown[span.parentID] else { continue }
            addDependency(from: parent, to: trace.origins[Int(span.origin)].serviceName, start: span.start)
        }
        let late = Dictionary(trace.spans.map { ($0.spanID, $0.origin) }) { first, _ in first }
        for span in known {
            guard serviceOfKnown[span.parentID] == nil, let origin = late[span.parentID] else { continue }
            addDependency(from: trace.origins[Int(origin)].serviceName, to: span.service, start: span.start)
        }
    }

    private mutating func addDependency(from parent: [UInt8], to child: [UInt8], start: UInt64) {
        guard parent != child else { return }
        let from = names.number(parent.span, 0..<parent.count)
        let to = names.number(child.span, 0..<child.count)
        dependencies.add(parent: from, child: to, start: start)
    }

    private mutating func summarize(_ spans: [SpanSkeleton]) -> TraceSummary {
        var summary = TraceSummary()
        let ids = Set(spans.map(\.spanID))
        let ordered = spans.sorted { ($0.start, $0.spanID, $0.kind.rawValue) < ($1.start, $1.spanID, $1.kind.rawValue) }
        for span in ordered {
            let service = names.number(span.service.span, 0..<span.service.count)
            summary.add(
                TraceSummary.Part(
                    start: span.start, end: span.end, service: service, isError: span.status == .error))
            if span.parentID == 0, summary.rootService == nil {
                summary.rootService = service
                summary.rootName = names.number(span.name.span, 0..<span.name.count)
            }
            if span.parentID != 0, !ids.contains(span.parentID) { summary.orphans += 1 }
        }
        return summary
    }
}

private struct SpanIdentity: Hashable {
    var spanID: UInt64
    var kind: SpanKind
}

extension SpanSkeleton {
    fileprivate init(_ span: LiveSpan, in trace: SettledTrace) {
        self.init(
            spanID: span.spanID, parentID: span.parentID, start: span.start, end: span.end, kind: span.kind,
            status: span.status, service: trace.origins[Int(span.origin)].serviceName,
            name: UTF8Repair.repaired(trace.arena.span, span.name.range))
    }
}
