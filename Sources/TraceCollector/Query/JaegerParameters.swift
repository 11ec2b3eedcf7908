/// The query parameters of Jaeger's API.
struct JaegerParameters {
    private let items: [(name: String, value: String)]

    init(_ items: [(name: String, value: String)]) { self.items = items }

    /// What is wrong with a parameter, and what is allowed.
    struct Problem: Error, Equatable {
        let message: String
    }

    subscript(name: String) -> String? { items.first { $0.name == name }?.value }
    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    func number(_ name: String) throws(Problem) -> UInt64? {
        guard let text = self[name], !text.isEmpty else { return nil }
        guard let number = UInt64(text) else {
            throw Problem(message: "parameter '\(name)' is '\(text)'; a number of 0 or more is allowed")
        }
        return number
    }

    /// A search as `/api/traces` takes it.
    ///
    /// - Parameter now: nanoseconds since the epoch.
    func search(now: UInt64) throws(Problem) -> TraceSearch {
        var search = TraceSearch()
        if let service = self["service"], !service.isEmpty { search.service = Array(service.utf8) }
        if let operation = self["operation"], !operation.isEmpty { search.operation = Array(operation.utf8) }
        search.minimumDuration = try duration("minDuration")
        search.maximumDuration = try duration("maxDuration")
        search.to = try number("end").map { $0.multipliedSaturating(by: 1_000) } ?? now
        search.from = try from(before: search.to)
        search.limit = Int(min(try number("limit") ?? Self.defaultLimit, Self.maximumLimit))
        for tag in all("tag") {
            guard let colon = tag.firstIndex(of: ":") else {
                throw Problem(message: "parameter 'tag' is '\(tag)'; key:value is allowed")
            }
            search.tags.append(
                TraceSearch.Tag(key: Array(tag[..<colon].utf8), value: Array(tag[tag.index(after: colon)...].utf8)))
        }
        for tags in all("tags") { search.tags += try Self.tags(tags) }
        return search
    }

    private static let defaultLimit: UInt64 = 100
    /// Traces of one answer; each may be large.
    private static let maximumLimit: UInt64 = 1_500
    /// Jaeger looks back two days when nothing says otherwise. Nanoseconds.
    private static let defaultLookback: UInt64 = 2 * 86_400_000_000_000

    private func from(before end: UInt64) throws(Problem) -> UInt64 {
        if let start = try number("start") { return start.multipliedSaturating(by: 1_000) }
        // Grafana and Jaeger's own page send `lookback=custom` beside explicit times.
        guard let text = self["lookback"], !text.isEmpty, text != "custom" else {
            return end > Self.defaultLookback ? end - Self.defaultLookback : 0
        }
        let lookback = try Self.nanoseconds("lookback", text)
        return end > lookback ? end - lookback : 0
    }

    private func duration(_ name: String) throws(Problem) -> UInt64? {
        guard let text = self[name], !text.isEmpty else { return nil }
        return try Self.nanoseconds(name, text)
    }

    private static func nanoseconds(_ name: String, _ text: String) throws(Problem) -> UInt64 {
        guard let nanoseconds = GoDuration.nanoseconds(text) else {
            throw Problem(
                message: "parameter '\(name)' is '\(text)'; a duration such as 1.2s, 100ms or 500us is allowed")
        }
        return nanoseconds
    }

    /// A JSON object of strings, as Grafana sends it.
    private static func tags(_ text: String) throws(Problem) -> [TraceSearch.Tag] {
        guard let pairs = JSONStrings.object(Array(text.utf8)) else {
            throw Problem(message: "parameter 'tags' is '\(text)'; a JSON object of strings is allowed")
        }
        return pairs.map { TraceSearch.Tag(key: $0.key, value: $0.value) }
    }
}
