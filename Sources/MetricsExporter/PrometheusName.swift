/// Turns the free-form names of swift-metrics into ones that the formats allow.
enum PrometheusName {
    /// Every character outside `[a-zA-Z0-9_]` becomes `_`; a leading digit gets one in front.
    static func metric(_ label: String, suffix: String = "") -> String {
        let name = identifier(label)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// As for metrics; names that the formats own are moved out of their way.
    static func label(_ dimension: String) -> String {
        let name = identifier(dimension)
        let isReserved = name.hasPrefix("__") || name == "le" || name == "quantile"
        return isReserved ? "exported_" + name.drop { $0 == "_" } : name
    }

    /// Sorted by name, so that the order in which a caller lists them makes no new series; the last of equals wins.
    static func labels(_ dimensions: [(String, String)]) -> LabelSet {
        var values: [String: String] = [:]
        for (name, value) in dimensions { values[label(name)] = value }
        let names = values.keys.sorted()
        return LabelSet(names: names, values: names.map { values[$0]! })
    }

    private static func identifier(_ text: String) -> String {
        var bytes: [UInt8] = []
        for character in text.unicodeScalars {
            let byte = UInt8(exactly: character.value) ?? UInt8(ascii: "_")
            let isAllowed = MetricDescription.isDigit(byte) || MetricDescription.isLetter(byte)
            if bytes.isEmpty && MetricDescription.isDigit(byte) { bytes.append(UInt8(ascii: "_")) }
            bytes.append(isAllowed ? byte : UInt8(ascii: "_"))
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }
}
