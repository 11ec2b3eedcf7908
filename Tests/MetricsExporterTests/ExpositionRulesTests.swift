import Foundation
import Testing

@testable import MetricsExporter

/// What the formats demand and promtool does not look at.
@Suite("A whole exposition")
struct ExpositionRulesTests {
    private struct Sample {
        var name: String
        /// Without `le`, which comes last.
        var labels: String
        var bound: String?
        var value: String
    }

    private static let formats: [ExpositionFormat] = [.text, .openMetrics(.standard)]

    /// The lines of each family, begun by its first metadata line.
    private static func families(_ format: ExpositionFormat) throws -> [(name: String, samples: [Sample])] {
        var families: [(name: String, samples: [Sample])] = []
        for line in try PromtoolTests.fullRegistry(firstLabel: "plain").string(format).split(separator: "\n") {
            let words = line.split(separator: " ")
            if line == "# EOF" { continue }
            if words[0] == "#" {
                if families.last?.name != String(words[2]) { families.append((String(words[2]), [])) }
            } else {
                families[families.count - 1].samples.append(sample(words))
            }
        }
        return families
    }

    private static func sample(_ words: [Substring]) -> Sample {
        let parts = words[0].split(separator: "{", maxSplits: 1)
        var labels = parts.count > 1 ? String(parts[1].dropLast()) : ""
        var bound: String?
        if let range = labels.range(of: "le=\"") {
            bound = String(labels[range.upperBound...].dropLast())
            labels = String(labels[..<range.lowerBound])
            if labels.hasSuffix(",") { labels.removeLast() }
        }
        return Sample(name: String(parts[0]), labels: labels, bound: bound, value: String(words[1]))
    }

    @Test("has each family once and in one piece, with samples of its name alone", arguments: formats)
    func contiguous(format: ExpositionFormat) throws {
        let families = try Self.families(format)
        #expect(families.count == MetricName.all.count)
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families {
            #expect(!family.samples.isEmpty)
            #expect(family.samples.allSatisfy { $0.name.hasPrefix(family.name) })
        }
    }

    @Test("has no series twice", arguments: formats)
    func unique(format: ExpositionFormat) throws {
        var seen: Set<String> = []
        for sample in try Self.families(format).flatMap(\.samples) {
            let series = "\(sample.name){\(sample.labels)}\(sample.bound ?? "")"
            #expect(seen.insert(series).inserted, "\(series)")
        }
    }

    @Test("has buckets that never fall, end in +Inf and agree with the count", arguments: formats)
    func buckets(format: ExpositionFormat) throws {
        let histograms = try Self.families(format).filter { family in family.samples.contains { $0.bound != nil } }
        #expect(histograms.count == MetricName.all.filter { $0.kind == .histogram }.count)
        for histogram in histograms {
            let buckets = histogram.samples.filter { $0.name.hasSuffix("_bucket") }
            let counts = try buckets.map { try #require(Int($0.value)) }
            #expect(counts == counts.sorted())
            #expect(buckets.last?.bound == "+Inf")
            #expect(histogram.samples.last?.name == histogram.name + "_count")
            #expect(histogram.samples.last?.value == buckets.last?.value)
        }
    }
}
