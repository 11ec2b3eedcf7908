/// What a family's samples mean to the formats.
public enum MetricKind: String, Sendable, Hashable {
    case counter
    case gauge
    case histogram
    /// A count and a sum without quantiles.
    case summary
}

/// What the number in a counter's cell is.
public enum MetricScale: Sendable, Hashable {
    /// The number that is exposed.
    case plain
    /// Nanoseconds, exposed as seconds. Histograms always are.
    case nanosecondsAsSeconds
}

/// Everything about a family that does not change: what it is called and why it exists.
public struct MetricDescription: Sendable, Hashable {
    /// The name of the samples; a counter's includes `_total`.
    public let name: String
    public let help: String
    public let kind: MetricKind
    /// A base unit such as `seconds` or `bytes`; empty when the name ends in none.
    public let unit: String
    public let labels: [String]
    public let scale: MetricScale
    /// Whether series may carry other label names than `labels`, as swift-metrics allows.
    let hasOpenLabels: Bool

    public init(
        _ kind: MetricKind, _ name: String, help: String, unit: String = "", labels: [String] = [],
        scale: MetricScale = .plain
    ) {
        self.init(kind, name, help: help, unit: unit, labels: labels, scale: scale, hasOpenLabels: false)
    }

    init(
        _ kind: MetricKind, _ name: String, help: String, unit: String, labels: [String], scale: MetricScale,
        hasOpenLabels: Bool
    ) {
        self.kind = kind
        self.name = name
        self.help = help
        self.unit = unit
        self.labels = labels
        self.scale = scale
        self.hasOpenLabels = hasOpenLabels
    }

    /// What OpenMetrics calls the family: a counter without its `_total`.
    package var familyName: String {
        kind == .counter && name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
    }

    /// What the sample lines append to `name`, in the order in which they are written.
    var sampleSuffixes: [String] {
        switch kind {
        case .counter, .gauge: [""]
        case .histogram: ["_bucket", "_sum", "_count"]
        case .summary: ["_sum", "_count"]
        }
    }

    /// Every name that no other family may use: OpenMetrics forbids families whose sample names could be confused.
    var reservedNames: [String] {
        switch kind {
        case .counter: [familyName, name, familyName + "_created"]
        case .gauge: [name]
        case .histogram, .summary: [name, name + "_created"] + ["_bucket", "_sum", "_count"].map { name + $0 }
        }
    }
}

extension MetricDescription {
    /// Holds a description to the rules that all formats share.
    func validate() throws(RegistryError) {
        guard Self.isIdentifier(name) else { throw .invalidName(name) }
        guard name.hasSuffix("_total") == (kind == .counter) else { throw .misplacedTotalSuffix(name) }
        guard unit.isEmpty || familyName.hasSuffix("_" + unit) else { throw .unitNotInName(name, unit: unit) }
        for (position, label) in labels.enumerated() {
            let isReserved = label.hasPrefix("__") || label == "le" || label == "quantile"
            guard Self.isIdentifier(label), !isReserved, !labels[..<position].contains(label) else {
                throw .invalidLabel(label, metric: name)
            }
        }
    }

    private static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "_") }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isLetter(_ byte: UInt8) -> Bool {
        let lowercase = byte | 0x20
        return lowercase >= UInt8(ascii: "a") && lowercase <= UInt8(ascii: "z")
    }
}
