/// Which format and coding a scraper's headers ask for. Nothing is refused: a header that names no format of ours, or
/// no header, means text 0.0.4 as it is.
enum ContentNegotiation {
    /// One element of an `Accept…` list (RFC 9110 §12.5), lowercased, with its parameters.
    struct Entry: Equatable {
        var value: String
        var parameters: [String: String]
        /// 1 when absent or unreadable. Values above 1 are taken as they come: Prometheus 2.49.0 sent 2.
        var quality: Double
    }

    /// The named format of the highest quality, the first of equals. Wildcards name no format.
    static func format(accept: String?) -> ExpositionFormat {
        var best: (format: ExpositionFormat, quality: Double)?
        for entry in entries(accept ?? "") {
            guard let format = format(of: entry), entry.quality > best?.quality ?? 0 else { continue }
            best = (format, entry.quality)
        }
        return best?.format ?? .text
    }

    static func acceptsGzip(acceptEncoding: String?) -> Bool {
        let named = entries(acceptEncoding ?? "")
        let match = named.first { $0.value == "gzip" || $0.value == "x-gzip" } ?? named.first { $0.value == "*" }
        return match.map { $0.quality > 0 } ?? false
    }

    private static func format(of entry: Entry) -> ExpositionFormat? {
        let version = entry.parameters["version"]
        switch entry.value {
        case "application/openmetrics-text":
            return ExpositionFormat.OpenMetricsVersion(rawValue: version ?? "1.0.0").map { .openMetrics($0) }
        case "application/vnd.google.protobuf":
            let isFamily = entry.parameters["proto"] == "io.prometheus.client.metricfamily"
            return isFamily && entry.parameters["encoding"] == "delimited" ? .protobuf : nil
        case "text/plain":
            return version == nil || version == "0.0.4" ? .text : nil
        case _:
            return nil
        }
    }

    static func entries(_ header: String) -> [Entry] {
        header.split(separator: ",", maxSplits: Limits.acceptEntries).prefix(Limits.acceptEntries).map { element in
            let parts = element.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
            var entry = Entry(value: parts[0].lowercased(), parameters: [:], quality: 1)
            for part in parts.dropFirst() {
                let pair = part.split(separator: "=", maxSplits: 1).map(trimmed)
                guard pair.count == 2 else { continue }
                let value = pair[1].hasPrefix("\"") ? String(pair[1].dropFirst().dropLast()) : pair[1]
                entry.parameters[pair[0].lowercased()] = value.lowercased()
            }
            entry.quality = entry.parameters["q"].flatMap(Double.init) ?? 1
            return entry
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let kept = text.drop(while: isBlank)
        guard let last = kept.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(kept[...last])
    }
}
