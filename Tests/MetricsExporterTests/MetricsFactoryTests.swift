import CoreMetrics
import Testing

@testable import MetricsExporter

@Suite("The swift-metrics back end")
struct MetricsFactoryTests {
    private let registry = Registry()
    private let factory: RegistryMetricsFactory

    init() { factory = RegistryMetricsFactory(registry) }

    @Test("exposes each instrument under the name and kind of its table")
    func instruments() {
        Counter(label: "http.requests", dimensions: [("code", "200"), ("a-b", "x")], factory: factory).increment(by: 3)
        Counter(label: "http.requests", dimensions: [("a-b", "x"), ("code", "200")], factory: factory).increment()
        Gauge(label: "queue depth", factory: factory).record(2.5)
        Recorder(label: "payload", factory: factory).record(10)
        Recorder(label: "payload", factory: factory).record(20)
        Timer(label: "call", factory: factory).recordMilliseconds(250)
        let meter = Meter(label: "level", factory: factory)
        meter.set(5)
        meter.decrement()
        #expect(registry.lines("http_requests_total{") == [#"http_requests_total{a_b="x",code="200"} 4"#])
        #expect(registry.lines("queue_depth ").last == "queue_depth 2.5")
        #expect(registry.lines("payload_") == ["payload_sum 30", "payload_count 2"])
        #expect(registry.lines(#"call_seconds_bucket{le="0.25"}"#) == [#"call_seconds_bucket{le="0.25"} 1"#])
        #expect(registry.lines("call_seconds_sum") == ["call_seconds_sum 0.25"])
        #expect(registry.lines("level ").last == "level 4")
    }

    @Test("takes different dimensions under one label, and a label that has its suffix already")
    func dimensions() {
        Counter(label: "a_total", factory: factory).increment()
        Counter(label: "a_total", dimensions: [("x", "1")], factory: factory).increment(by: 2)
        Counter(label: "a_total", dimensions: [("y", "1"), ("le", "q"), ("__z", "w")], factory: factory).increment(
            by: 3)
        #expect(
            registry.lines("a_total").dropFirst(2) == [
                "a_total 1", #"a_total{x="1"} 2"#, #"a_total{exported_le="q",exported_z="w",y="1"} 3"#,
            ])
    }

    @Test("ignores misuse instead of trapping")
    func misuse() {
        Counter(label: "a", factory: factory).increment(by: -1)
        Timer(label: "t", factory: factory).recordNanoseconds(-5)
        #expect(registry.lines("a_total ").last == "a_total 0")
        #expect(registry.lines("t_seconds_count") == ["t_seconds_count 0"])
    }

    @Test("keeps the first of two kinds under one name and counts the refused")
    func refused() {
        Gauge(label: "a", factory: factory).record(1)
        Recorder(label: "a", factory: factory).record(2)
        #expect(registry.lines("a ").last == "a 1")
        #expect(factory.refusedInstruments == 1)
    }

    @Test("forgets destroyed instruments and resets counters")
    func destruction() {
        let counter = Counter(label: "a", dimensions: [("x", "1")], factory: factory)
        counter.increment(by: 9)
        counter.reset()
        #expect(registry.lines("a_total{") == [#"a_total{x="1"} 0"#])
        counter.destroy()
        let recorder = Recorder(label: "r", factory: factory)
        recorder.record(1)
        recorder.destroy()
        let timer = Timer(label: "t", factory: factory)
        timer.destroy()
        #expect(registry.lines("a_total") + registry.lines("r") + registry.lines("t_seconds") == [])
    }

    @Test(
        "makes any label a legal name",
        arguments: [("a.b-c", "a_b_c"), ("9lives", "_9lives"), ("", "_"), ("naïve", "na_ve"), ("🐦", "_")])
    func names(label: String, name: String) {
        #expect(PrometheusName.metric(label) == name)
    }
}
