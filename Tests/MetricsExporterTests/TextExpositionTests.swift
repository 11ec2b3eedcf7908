import Testing

@testable import MetricsExporter

@Suite("Text and OpenMetrics")
struct TextExpositionTests {
    private let registry = Registry()

    @Test("write a counter with its metadata in each format's order")
    func counter() throws {
        let family = try registry.counter(
            MetricDescription(.counter, "sent_bytes_total", help: "Sent.", unit: "bytes", labels: ["to"]))
        family.cell(shard: 0, labels: ["a"]).add(41)
        family.cell(shard: 1, labels: ["a"]).add()
        family.create(labels: ["b"])
        #expect(
            registry.lines("sent_bytes") == [
                "# HELP sent_bytes_total Sent.", "# TYPE sent_bytes_total counter", #"sent_bytes_total{to="a"} 42"#,
                #"sent_bytes_total{to="b"} 0"#,
            ])
        #expect(
            registry.lines("sent_bytes", .openMetrics(.standard)) == [
                "# TYPE sent_bytes counter", "# UNIT sent_bytes bytes", "# HELP sent_bytes Sent.",
                #"sent_bytes_total{to="a"} 42"#, #"sent_bytes_total{to="b"} 0"#,
            ])
    }

    @Test("write gauges, summaries and nanosecond counters")
    func kinds() throws {
        let gauge = try registry.gauge(MetricDescription(.gauge, "depth", help: "D."))
        gauge.cell(shard: 0).set(2.5)
        gauge.cell(shard: 1).decrement()
        let summary = try registry.summary(MetricDescription(.summary, "size", help: "S."))
        summary.cell(shard: 0).record(1.25)
        summary.cell(shard: 0).record(2)
        let busy = try registry.counter(
            MetricDescription(
                .counter, "busy_seconds_total", help: "B.", unit: "seconds", scale: .nanosecondsAsSeconds))
        busy.cell(shard: 0).add(1_500_000_000)
        #expect(registry.lines("depth").last == "depth 1.5")
        #expect(registry.lines("size") == ["# HELP size S.", "# TYPE size summary", "size_sum 3.25", "size_count 2"])
        #expect(registry.lines("busy_seconds_total").last == "busy_seconds_total 1.5")
    }

    @Test("end as their grammar wants")
    func endings() {
        #expect(registry.string(.text).hasSuffix("\n") && !registry.string(.text).contains("EOF"))
        #expect(registry.string(.openMetrics(.standard)).hasSuffix("\n# EOF\n"))
        #expect(!registry.string(.openMetrics(.standard)).contains("\n\n"))
    }

    @Test(
        "escape label values",
        arguments: [
            (#"plain"#, #"plain"#), (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("", ""),
            ("\\\"\n", #"\\\"\n"#), ("a\r\tb", "a\r\tb"), ("né🐦", "né🐦"), (#"a} 1"#, #"a} 1"#), (#"\n"#, #"\\n"#),
        ])
    func labelValues(value: String, escaped: String) throws {
        let family = try registry.counter(MetricDescription(.counter, "x_total", help: "X.", labels: ["v"]))
        family.create(labels: [value])
        let line = "x_total{v=\"" + escaped + "\"} 0\n"
        #expect(registry.string(.text).contains(line))
        #expect(registry.string(.openMetrics(.standard)).contains(line))
    }

    @Test("escape help texts, quotes in OpenMetrics only")
    func help() throws {
        _ = try registry.gauge(MetricDescription(.gauge, "x", help: "A \"b\" \\ c\nd"))
        #expect(registry.string(.text).contains("# HELP x A \"b\" \\\\ c\\nd\n"))
        #expect(registry.string(.openMetrics(.standard)).contains("# HELP x A \\\"b\\\" \\\\ c\\nd\n"))
    }

    @Test(
        "write numbers as parsers read them back",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1, "-1"), (0.1, "0.1"), (1e21, "1e+21"), (1.5e-7, "1.5e-07"),
            (9_007_199_254_740_992, "9007199254740992"), (-123_456_789, "-123456789"), (.nan, "NaN"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (1.7976931348623157e308, "1.7976931348623157e+308"),
            (.leastNonzeroMagnitude, "5e-324"), (1_700_000_000.125, "1700000000.125"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        #expect(String { $0.append(number: value) } == text)
    }

    @Test(
        "write whole numbers without allocating a string", arguments: [0, 9, 10, 99, 100, 12_345, UInt64.max])
    func decimals(value: UInt64) {
        #expect(String { $0.append(decimal: value) } == String(value))
    }

    @Test(
        "write nanoseconds as exact seconds",
        arguments: [
            (0, "0.0"), (1, "0.000000001"), (1_000_000_000, "1.0"), (1_500_000_000, "1.5"),
            (12_345_678_901_234_567_890, "12345678901.23456789"),
        ] as [(UInt64, String)])
    func seconds(nanoseconds: UInt64, text: String) {
        #expect(String { $0.append(secondsOf: nanoseconds) } == text)
    }

    @Test("keep families in the order of their names and series in the order of their first use")
    func order() throws {
        let later = try registry.counter(MetricDescription(.counter, "b_total", help: "B.", labels: ["l"]))
        let earlier = try registry.counter(MetricDescription(.counter, "a_total", help: "A.", labels: ["l"]))
        for value in ["z", "m", "q"] { later.create(labels: [value]) }
        earlier.create(labels: ["1"])
        let samples = registry.string().split(separator: "\n").filter { $0.hasPrefix("a_") || $0.hasPrefix("b_") }
        #expect(
            samples == [
                #"a_total{l="1"} 0"#, #"b_total{l="z"} 0"#, #"b_total{l="m"} 0"#, #"b_total{l="q"} 0"#,
            ])
    }
}
