/// One label set of a family and the cells that count for it. Immutable: a new shard makes a new `Series`, so a scrape
/// reads its copy of the list without a lock.
final class Series<Cell: MetricCell>: Sendable {
    struct Shard: Sendable {
        let number: Int
        let cell: Cell
    }

    let labels: LabelSet
    /// The first sample line up to its number; a histogram's ends in `le="`.
    let prefix: [UInt8]
    /// The same for the lines of the kind's further suffixes.
    let furtherPrefixes: [[UInt8]]
    let shards: [Shard]
    /// The lock in front of the shared cell, once there is one.
    let shared: Shared<Cell>?
    /// Computes the value at scrape time instead of the cells; nil leaves the sample out.
    let source: (@Sendable () -> Double?)?

    convenience init(labels: LabelSet, of description: MetricDescription) {
        let prefixes = Self.prefixes(labels, description)
        self.init(
            labels: labels, prefix: prefixes[0], furtherPrefixes: Array(prefixes.dropFirst()), shards: [], shared: nil,
            source: nil)
    }

    private init(
        labels: LabelSet, prefix: [UInt8], furtherPrefixes: [[UInt8]], shards: [Shard], shared: Shared<Cell>?,
        source: (@Sendable () -> Double?)?
    ) {
        self.labels = labels
        self.prefix = prefix
        self.furtherPrefixes = furtherPrefixes
        self.shards = shards
        self.shared = shared
        self.source = source
    }

    func adding(_ cell: Cell, shard: Int) -> Series {
        replacing(shards: shards + [Shard(number: shard, cell: cell)], shared: shared, source: source)
    }

    /// The shared cell has the shard number -1, which no loop has.
    func addingShared(_ cell: Cell) -> Series {
        replacing(shards: shards + [Shard(number: -1, cell: cell)], shared: Shared(cell), source: source)
    }

    func replacingSource(_ source: @escaping @Sendable () -> Double?) -> Series {
        replacing(shards: shards, shared: shared, source: source)
    }

    private func replacing(
        shards: [Shard], shared: Shared<Cell>?, source: (@Sendable () -> Double?)?
    ) -> Series {
        Series(
            labels: labels, prefix: prefix, furtherPrefixes: furtherPrefixes, shards: shards, shared: shared,
            source: source)
    }

    private static func prefixes(_ labels: LabelSet, _ description: MetricDescription) -> [[UInt8]] {
        var pairs: [UInt8] = []
        for (position, name) in labels.names.enumerated() {
            if position > 0 { pairs.append(UInt8(ascii: ",")) }
            pairs.append(contentsOf: name.utf8)
            pairs.append(contentsOf: "=\"".utf8)
            pairs.append(escapedLabelValue: labels.values[position])
            pairs.append(UInt8(ascii: "\""))
        }
        return description.sampleSuffixes.map { suffix in
            let name = Array((description.name + suffix).utf8)
            if suffix == "_bucket" {
                return name + Array("{".utf8) + pairs + Array((pairs.isEmpty ? "le=\"" : ",le=\"").utf8)
            }
            return pairs.isEmpty ? name + Array(" ".utf8) : name + Array("{".utf8) + pairs + Array("} ".utf8)
        }
    }
}

/// Label names with the values of one series, in the family's order.
struct LabelSet: Hashable, Sendable {
    let names: [String]
    let values: [String]

    init(names: [String], values: [String]) {
        self.names = names
        let fits = values.allSatisfy { $0.utf8.count <= Limits.labelValueBytes }
        self.values = fits ? values : values.map(Self.bounded)
    }

    /// The names are the same for nearly all series of a family, so hashing them would only cost.
    func hash(into hasher: inout Hasher) { hasher.combine(values) }

    private static func bounded(_ value: String) -> String {
        guard value.utf8.count > Limits.labelValueBytes else { return value }
        var kept = ""
        for character in value.unicodeScalars {
            if kept.utf8.count + character.utf8.count > Limits.labelValueBytes { break }
            kept.unicodeScalars.append(character)
        }
        return kept
    }
}
