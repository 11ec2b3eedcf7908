/// A search, translated to the numbers of one block's dictionaries.
struct SpanPredicate {
    /// What one tag asks of a span with a given head: nothing more, or one of these (key, value) pairs.
    private struct TagNeed {
        var satisfiedHeads: Set<Int>
        var key: Int?
        var values: Set<Int>
    }

    private let heads: [Bool]
    private let needs: [TagNeed]
    private let minimumDuration: UInt64
    private let maximumDuration: UInt64

    /// Nil when no span of the block can match.
    init?(_ search: TraceSearch, _ vocabulary: BlockVocabulary) {
        minimumDuration = search.minimumDuration ?? 0
        maximumDuration = search.maximumDuration ?? .max
        let fits = vocabulary.heads.map { head in
            (search.service == nil || vocabulary.origins[head.origin].serviceName == search.service)
                && (search.operation == nil || vocabulary.strings[head.name] == search.operation)
        }
        heads = fits
        guard fits.contains(true) else { return nil }
        var needs: [TagNeed] = []
        for tag in search.tags {
            let need = Self.need(tag, fits, vocabulary)
            if need.satisfiedHeads.isEmpty, need.values.isEmpty { return nil }
            needs.append(need)
        }
        self.needs = needs
    }

    /// Numbers of the attribute keys that `matches` looks at.
    var keys: [Int] { needs.compactMap(\.key) }

    /// False when the columns that the tags name show that no span of the block matches.
    func canMatch(in block: BlockReader) throws(BlockError) -> Bool {
        for need in needs where need.satisfiedHeads.isEmpty {
            guard let key = need.key, try block.holds(key: key, anyOf: need.values) else { return false }
        }
        return true
    }

    func matches(_ span: BlockReader.Glimpse) -> Bool {
        guard heads[span.head] else { return false }
        let duration = span.end > span.start ? span.end - span.start : 0
        guard duration >= minimumDuration, duration <= maximumDuration else { return false }
        return needs.allSatisfy { need in
            need.satisfiedHeads.contains(span.head)
                || span.attributes.contains { $0.key == need.key && need.values.contains($0.value) }
        }
    }

    private static func need(_ tag: TraceSearch.Tag, _ fits: [Bool], _ vocabulary: BlockVocabulary) -> TagNeed {
        var satisfied = Set<Int>()
        for (number, head) in vocabulary.heads.enumerated() where fits[number] {
            if headSatisfies(tag, head, vocabulary.origins[head.origin]) { satisfied.insert(number) }
        }
        guard let key = vocabulary.keys.firstIndex(of: tag.key) else {
            return TagNeed(satisfiedHeads: satisfied, key: nil, values: [])
        }
        var values = Set<Int>()
        for (number, string) in vocabulary.strings.enumerated() where string == tag.value {
            values.insert(BlockFormat.stringValue(number))
        }
        for (number, value) in vocabulary.others.enumerated() where JaegerTag.text(of: value) == tag.value {
            values.insert(BlockFormat.otherValue(number))
        }
        return TagNeed(satisfiedHeads: satisfied, key: key, values: values)
    }

    /// Tags that Jaeger derives from a span's kind, status, resource and scope instead of its attributes.
    private static func headSatisfies(
        _ tag: TraceSearch.Tag, _ head: BlockVocabulary.Head, _ origin: StoredOrigin
    ) -> Bool {
        JaegerTag.derived(kind: head.kind, status: head.status, origin: origin).contains {
            $0.key == tag.key && JaegerTag.text(of: $0.value) == tag.value
        }
            || origin.resourceAttributes.contains { $0.key == tag.key && JaegerTag.text(of: $0.value) == tag.value }
    }
}
