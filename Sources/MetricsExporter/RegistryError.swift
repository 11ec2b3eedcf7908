/// Why a family could not be registered. Every case names the family as it was asked for.
public enum RegistryError: Error, Equatable, Sendable {
    /// The name is not `[a-zA-Z_][a-zA-Z0-9_]*` (a colon is reserved for recording rules).
    case invalidName(String)
    /// The label name is not `[a-zA-Z_][a-zA-Z0-9_]*`, begins with `__`, occurs twice, or is one that the
    /// formats own (`le`, `quantile`).
    case invalidLabel(String, metric: String)
    /// A counter's name ends in `_total`, and no other kind's does.
    case misplacedTotalSuffix(String)
    /// OpenMetrics wants the unit as the last word of the name (before `_total`).
    case unitNotInName(String, unit: String)
    /// Another family is called this, or one of the sample names that the formats derive from it.
    case nameTaken(String, by: String)
    /// The description is of another kind than the function that was called.
    case kindMismatch(String, described: MetricKind, requested: MetricKind)
    /// The registry holds `limit` families already.
    case tooManyFamilies(String, limit: Int)
}

extension RegistryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidName(let name):
            "metric name \"\(name)\" is not allowed: letters, digits and '_', not beginning with a digit"
        case .invalidLabel(let label, let metric):
            "label \"\(label)\" of metric \(metric) is not allowed: letters, digits and '_', not beginning with a "
                + "digit or \"__\", once per metric, and neither \"le\" nor \"quantile\""
        case .misplacedTotalSuffix(let name):
            "metric \(name): the name of a counter ends in \"_total\", and only that of a counter"
        case .unitNotInName(let name, let unit):
            "metric \(name): its unit \"\(unit)\" has to be the last word of the name (before \"_total\")"
        case .nameTaken(let name, let owner):
            "metric \(name) collides with \(owner), which is registered already"
        case .kindMismatch(let name, let described, let requested):
            "metric \(name) is described as a \(described.rawValue) but was registered as a \(requested.rawValue)"
        case .tooManyFamilies(let name, let limit):
            "metric \(name) is one too many: the registry holds \(limit) families"
        }
    }
}
