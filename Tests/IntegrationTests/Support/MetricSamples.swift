/// What a scrape of `/metrics` said (text exposition 0.0.4), one value per series.
struct MetricSamples: Sendable {
    private struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    private var samples: [Sample] = []

    init(_ exposition: String) {
        for line in exposition.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            let series = line[..<space]
            let name = series.prefix { $0 != "{" }
            samples.append(
                Sample(name: String(name), labels: Self.labels(series.dropFirst(name.count)), value: value))
        }
    }

    /// The sum of the series of `name` that have all these labels; 0 when there is none.
    func callAsFunction(_ name: String, _ labels: [String: String] = [:]) -> Double {
        samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }.reduce(0) { $0 + $1.value }
    }

    /// The values that `label` has among the series of `name` that are not zero.
    func values(of label: String, in name: String) -> Set<String> {
        Set(samples.filter { $0.name == name && $0.value != 0 }.compactMap { $0.labels[label] })
    }

    /// `{a="x",b="y"}`; the tests use no label value that has to be escaped.
    private static func labels(_ text: Substring) -> [String: String] {
        var labels: [String: String] = [:]
        for pair in text.dropFirst().dropLast().split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            labels[String(parts[0])] = String(parts[1].dropFirst().dropLast())
        }
        return labels
    }
}
