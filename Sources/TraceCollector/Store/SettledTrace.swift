/// A joined trace made independent of how it arrived: duplicates dropped, spans in order of (start, span id, kind),
/// parents found.
struct SettledTrace {
    let key: TraceKey
    let origins: [SpanOrigin]
    let arena: [UInt8]
    private(set) var spans: [LiveSpan]
    /// Position of each span's parent in `spans`; -1 for a root, -2 for a parent that is not here.
    private(set) var parents: [Int] = []
    /// Spans dropped because another of the same id and kind is here.
    private(set) var duplicates = 0
    private(set) var orphans = 0

    static let rootParent = -1
    static let missingParent = -2

    init(_ trace: JoinedTrace) {
        key = trace.key
        origins = trace.origins
        arena = trace.arena
        spans = trace.spans
        spans.sort { Self.precedes($0, $1) }
        dropDuplicates()
        findParents()
    }

    /// The same trace without the spans that `isStored` knows.
    mutating func remove(where isStored: (UInt64, SpanKind) -> Bool) {
        let before = spans.count
        spans.removeAll { isStored($0.spanID, $0.kind) }
        duplicates += before - spans.count
        findParents()
    }

    private static func precedes(_ left: LiveSpan, _ right: LiveSpan) -> Bool {
        if left.start != right.start { return left.start < right.start }
        if left.spanID != right.spanID { return left.spanID < right.spanID }
        return left.kind.rawValue < right.kind.rawValue
    }

    /// Up to this many spans, comparing all with all costs less than sorting.
    private static let comparedDirectly = 24

    private mutating func dropDuplicates() {
        let losers = spans.count <= Self.comparedDirectly ? losersByComparison() : losersBySorting()
        guard !losers.isEmpty else { return }
        let dropped = Set(losers)
        duplicates = dropped.count
        spans = spans.indices.filter { !dropped.contains($0) }.map { spans[$0] }
    }

    private func losersByComparison() -> [Int] {
        var losers: [Int] = []
        for right in spans.indices.dropFirst() {
            for left in 0..<right where spans[left].spanID == spans[right].spanID {
                guard spans[left].kind == spans[right].kind, !losers.contains(left) else { continue }
                losers.append(wins(left, over: right) ? right : left)
                break
            }
        }
        return losers
    }

    private func losersBySorting() -> [Int] {
        let order = spans.indices.sorted { left, right in
            if spans[left].spanID != spans[right].spanID { return spans[left].spanID < spans[right].spanID }
            if spans[left].kind != spans[right].kind { return spans[left].kind.rawValue < spans[right].kind.rawValue }
            return left < right
        }
        var losers: [Int] = []
        var winner = order[0]
        for index in order.dropFirst() {
            guard spans[index].spanID == spans[winner].spanID, spans[index].kind == spans[winner].kind else {
                winner = index
                continue
            }
            losers.append(wins(winner, over: index) ? index : winner)
            if losers.last == winner { winner = index }
        }
        return losers
    }

    /// Which of two different spans of one identity stays must not depend on arrival: the one that says more, by
    /// length, and between equals the greater bytes.
    private func wins(_ left: Int, over right: Int) -> Bool {
        let leftBytes = arena[spans[left].body.range]
        let rightBytes = arena[spans[right].body.range]
        if leftBytes.count != rightBytes.count { return leftBytes.count > rightBytes.count }
        return !leftBytes.lexicographicallyPrecedes(rightBytes)
    }

    private mutating func findParents() {
        parents = [Int](repeating: Self.rootParent, count: spans.count)
        orphans = 0
        let sorted = spans.count > Self.comparedDirectly ? sortedByID() : []
        for index in spans.indices where spans[index].parentID != 0 {
            let wanted = spans[index].parentID
            let found = sorted.isEmpty ? spans.firstIndex { $0.spanID == wanted } : search(wanted, in: sorted)
            parents[index] = found ?? Self.missingParent
            if found == nil { orphans += 1 }
        }
    }

    private func sortedByID() -> [Int] {
        spans.indices.sorted {
            spans[$0].spanID == spans[$1].spanID ? $0 < $1 : spans[$0].spanID < spans[$1].spanID
        }
    }

    private func search(_ spanID: UInt64, in sorted: [Int]) -> Int? {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if spans[sorted[middle]].spanID < spanID { low = middle + 1 } else { high = middle }
        }
        guard low < sorted.count, spans[sorted[low]].spanID == spanID else { return nil }
        return sorted[low]
    }
}
