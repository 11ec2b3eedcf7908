import Testing

@testable import MetricsExporter

@Suite("A registry")
struct RegistryTests {
    private static func counter(_ name: String, unit: String = "", labels: [String] = []) -> MetricDescription {
        MetricDescription(.counter, name, help: "H.", unit: unit, labels: labels)
    }

    @Test("shows a metric without labels at zero from the start, and one with labels not before its first series")
    func atZero() throws {
        let registry = Registry()
        _ = try registry.counter(Self.counter("a_total"))
        _ = try registry.counter(Self.counter("b_total", labels: ["l"]))
        #expect(registry.lines("a_total") == ["# HELP a_total H.", "# TYPE a_total counter", "a_total 0"])
        #expect(registry.lines("b_total") == [])
    }

    @Test("gives the same cell for the same shard and labels, and another for any other")
    func sameCell() throws {
        let family = try Registry().counter(Self.counter("a_total", labels: ["l"]))
        let cell = family.cell(shard: 0, labels: ["x"])
        #expect(family.cell(shard: 0, labels: ["x"]) === cell)
        #expect(family.cell(shard: 1, labels: ["x"]) !== cell)
        #expect(family.cell(shard: 0, labels: ["y"]) !== cell)
    }

    @Test(
        "refuses names that the formats do not allow", arguments: ["", "1a_total", "a-b_total", "a:b_total", "ü_total"])
    func invalidNames(name: String) {
        #expect(throws: RegistryError.invalidName(name)) { _ = try Registry().counter(Self.counter(name)) }
    }

    @Test(
        "refuses labels that the formats do not allow", arguments: ["", "1a", "a-b", "__a", "le", "quantile", "twice"])
    func invalidLabels(label: String) {
        #expect(throws: RegistryError.invalidLabel(label, metric: "a_total")) {
            _ = try Registry().counter(Self.counter("a_total", labels: ["twice", label]))
        }
    }

    @Test("wants _total on counters alone, the unit in the name, and the kind that is described")
    func namingRules() {
        let registry = Registry()
        #expect(throws: RegistryError.misplacedTotalSuffix("a")) { _ = try registry.counter(Self.counter("a")) }
        #expect(throws: RegistryError.misplacedTotalSuffix("a_total")) {
            _ = try registry.gauge(MetricDescription(.gauge, "a_total", help: "H."))
        }
        #expect(throws: RegistryError.unitNotInName("a_total", unit: "bytes")) {
            _ = try registry.counter(Self.counter("a_total", unit: "bytes"))
        }
        #expect(throws: RegistryError.kindMismatch("a_total", described: .counter, requested: .gauge)) {
            _ = try registry.gauge(Self.counter("a_total"))
        }
    }

    @Test(
        "refuses a family whose samples could be taken for another's",
        arguments: [
            (MetricKind.histogram, "x"), (.gauge, "x"), (.gauge, "x_count"), (.gauge, "x_sum"), (.gauge, "x_bucket"),
            (.gauge, "x_created"), (.counter, "x_total"), (.counter, "x_count_total"), (.summary, "x"),
        ])
    func collisions(kind: MetricKind, name: String) throws {
        let registry = Registry()
        _ = try registry.histogram(MetricDescription(.histogram, "x", help: "H."))
        let description = MetricDescription(kind, name, help: "H.")
        #expect(throws: RegistryError.nameTaken(name, by: "x")) {
            switch kind {
            case .counter: _ = try registry.counter(description)
            case .gauge: _ = try registry.gauge(description)
            case .histogram: _ = try registry.histogram(description)
            case .summary: _ = try registry.summary(description)
            }
        }
        #expect(!registry.string().contains("family=\"\(name)\"") || name == "x")
    }

    @Test("says in words what was wrong")
    func messages() {
        #expect(
            RegistryError.nameTaken("a", by: "b").description == "metric a collides with b, which is registered already"
        )
        #expect(
            RegistryError.kindMismatch("a", described: .gauge, requested: .counter).description
                == "metric a is described as a gauge but was registered as a counter")
    }

    @Test("folds label sets beyond the budget into one series and counts them")
    func overflow() throws {
        let registry = Registry(seriesPerFamily: 2)
        let family = try registry.counter(Self.counter("a_total", labels: ["l", "m"]))
        #expect(
            registry.lines("martlet_series_overflow_total{") == [#"martlet_series_overflow_total{family="a_total"} 0"#])
        for (position, value) in ["1", "2", "3", "4"].enumerated() {
            family.cell(shard: 0, labels: [value, "x"]).add(UInt64(position + 1))
        }
        family.cell(shard: 0, labels: ["1", "x"]).add(10)
        #expect(
            registry.lines("a_total{") == [
                #"a_total{l="1",m="x"} 11"#, #"a_total{l="2",m="x"} 2"#, #"a_total{l="overflow",m="overflow"} 7"#,
            ])
        #expect(
            registry.lines("martlet_series_overflow_total{") == [#"martlet_series_overflow_total{family="a_total"} 2"#])
        family.remove(labels: ["1", "x"])
        family.cell(shard: 0, labels: ["5", "x"]).add()
        #expect(registry.lines("a_total{").contains(#"a_total{l="2",m="x"} 2"#))
    }

    @Test("forgets a removed series and begins anew when it returns")
    func removal() throws {
        let registry = Registry()
        let family = try registry.counter(Self.counter("a_total", labels: ["l"]))
        for value in ["1", "2", "3"] { family.cell(shard: 0, labels: [value]).add(5) }
        family.remove(labels: ["1"])
        family.remove(labels: ["unknown"])
        #expect(registry.lines("a_total{") == [#"a_total{l="2"} 5"#, #"a_total{l="3"} 5"#])
        family.cell(shard: 0, labels: ["1"]).add(1)
        family.cell(shard: 0, labels: ["3"]).add(1)
        #expect(registry.lines("a_total{") == [#"a_total{l="2"} 5"#, #"a_total{l="3"} 6"#, #"a_total{l="1"} 1"#])
    }

    @Test("shows observed series as they are at the scrape, and leaves out what has no value")
    func observed() throws {
        let registry = Registry()
        let gauge = try registry.gauge(MetricDescription(.gauge, "depth", help: "H.", labels: ["l"]))
        let counter = try registry.counter(Self.counter("a_total"))
        counter.observe { 3.5 }
        gauge.observe(labels: ["a"]) { 4 }
        gauge.observe(labels: ["b"]) { nil }
        #expect(registry.lines("depth{") == [#"depth{l="a"} 4"#])
        #expect(registry.lines("a_total ").last == "a_total 3.5")
    }

    @Test("runs its hooks before each scrape")
    func hooks() throws {
        let registry = Registry()
        let calls = try registry.counter(Self.counter("calls_total")).shared()
        registry.beforeScrape { calls.add() }
        #expect(registry.lines("calls_total ").last == "calls_total 1")
        #expect(registry.lines("calls_total ").last == "calls_total 2")
    }

    @Test("cuts label values at a character when they are longer than the limit")
    func longLabels() throws {
        let registry = Registry()
        let family = try registry.counter(Self.counter("a_total", labels: ["l"]))
        family.create(labels: [String(repeating: "é", count: 600)])
        family.create(labels: ["x" + String(repeating: "é", count: 600)])
        #expect(
            registry.lines("a_total{") == [
                "a_total{l=\"" + String(repeating: "é", count: 512) + "\"} 0",
                "a_total{l=\"x" + String(repeating: "é", count: 511) + "\"} 0",
            ])
    }

    @Test("tells how many samples the scrape before had")
    func selfMetrics() throws {
        let registry = Registry()
        #expect(registry.lines("martlet_scrape_series ").last == "martlet_scrape_series 0")
        #expect(registry.lines("martlet_scrape_series ").last == "martlet_scrape_series 2")
        let duration = try #require(registry.lines("martlet_scrape_duration_seconds ").last?.split(separator: " ").last)
        #expect(try #require(Double(duration)) > 0)
    }

    @Test("stays exact while loops write and a scraper reads")
    func concurrency() async throws {
        let registry = Registry()
        let counters = try registry.counter(Self.counter("a_total", labels: ["l"]))
        let waits = try registry.histogram(MetricDescription(.histogram, "wait_seconds", help: "H."))
        let gauge = try registry.gauge(MetricDescription(.gauge, "depth", help: "H."))
        let rounds = 20_000
        await withTaskGroup(of: Void.self) { group in
            for shard in 0..<2 {
                group.addTask {
                    for round in 0..<rounds {
                        counters.cell(shard: shard, labels: ["\(round % 50)"]).add()
                        waits.cell(shard: shard).record(nanoseconds: UInt64(round) * 1_000)
                        gauge.cell(shard: shard).increment()
                        gauge.cell(shard: shard).decrement()
                    }
                }
            }
            group.addTask {
                var before = 0
                while before < 2 * rounds {
                    let lines = registry.lines("wait_seconds", .openMetrics(.standard))
                    let buckets = lines.filter { $0.hasPrefix("wait_seconds_bucket") }
                    let counts = buckets.map { Int($0.split(separator: " ")[1])! }
                    #expect(counts == counts.sorted())
                    #expect(lines.last == "wait_seconds_count \(counts.last ?? -1)")
                    #expect(counts[31] >= before)
                    before = counts[31]
                }
            }
        }
        let perSeries = registry.lines("a_total{").map { Int($0.split(separator: " ")[1])! }
        #expect(perSeries == [Int](repeating: 2 * rounds / 50, count: 50))
        #expect(registry.lines("wait_seconds_sum") == ["wait_seconds_sum 399.98"])
        #expect(registry.lines("depth ").last == "depth 0")
    }
}
