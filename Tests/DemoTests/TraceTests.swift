import Testing

@testable import Demo

@Suite("A trace of the shop")
struct TraceTests {
    /// `identifier parent service kind`, and `!` for a failed span.
    private func trace(_ lines: [String]) -> Trace {
        Trace(
            identifier: "t",
            spans: lines.enumerated().map { index, line in
                let words = line.split(separator: " ").map { String($0) }
                return Trace.Span(
                    identifier: words[0], parent: words[1] == "-" ? nil : words[1], service: words[2], name: "GET",
                    kind: words[3], startMicroseconds: UInt64(index), durationMicroseconds: 1500,
                    isError: words.last == "!",
                    tags: words[1] == "-" ? ["url.path": "/checkout", "http.request.method": "POST"] : [:])
            })
    }

    private let whole = [
        "1 - web server", "2 1 web client", "3 2 checkout server", "4 3 checkout client", "5 4 payment server",
        "6 3 checkout client", "7 6 inventory server",
    ]

    @Test("has no fault when every hop is there, in whatever order the calls began")
    func wholeTrace() {
        #expect(trace(whole).fault == nil)
        #expect(trace([0, 1, 2, 5, 6, 3, 4].map { whole[$0] }).fault == nil)
    }

    @Test("is faulted for a missing hop, an orphan, and a second root")
    func faults() {
        #expect(
            trace(Array(whole.prefix(5))).fault
                == "found web:server(web:client(checkout:server(checkout:client(payment:server)))), expected "
                + "web:server(web:client(checkout:server(checkout:client(inventory:server) "
                + "checkout:client(payment:server))))")
        #expect(trace(whole.filter { !$0.hasPrefix("2") }).fault == "1 orphan spans")
        #expect(trace(whole + ["8 - web server"]).fault == "2 roots")
    }

    @Test("shows where a failure began, not whom it passed")
    func origin() {
        let failed = trace(["1 - web server", "2 1 web client !", "3 2 checkout server !", "4 3 checkout client"])
        #expect(failed.origin?.service == "checkout")
        #expect(
            failed.lines == [
                "web server GET  1.5 ms", "  web client GET  1.5 ms  ✗",
                "    checkout server GET  1.5 ms  ✗ failed here", "      checkout client GET  1.5 ms",
            ])
        let deeper = trace(
            [
                "1 - web server !", "2 1 web client !", "3 2 cart server !", "4 3 cart client !",
                "5 4 inventory server !",
            ])
        #expect(deeper.origin?.service == "inventory")
        #expect(trace(whole).origin == nil)
    }
}

@Suite("Traffic that the load must cause")
struct ExpectedTrafficTests {
    @Test("follows every call of every route")
    func counts() {
        let counts = ExpectedTraffic.counts([
            LoadRoute(method: "GET", path: "/"): 10, LoadRoute(method: "POST", path: "/checkout"): 3,
        ])
        #expect(
            counts == [
                .service(.web): 13, .service(.catalog): 10, .service(.cart): 10, .service(.inventory): 13,
                .service(.checkout): 3, .service(.payment): 3, .edge(from: .web, to: .catalog): 10,
                .edge(from: .web, to: .cart): 10, .edge(from: .cart, to: .inventory): 10,
                .edge(from: .web, to: .checkout): 3, .edge(from: .checkout, to: .payment): 3,
                .edge(from: .checkout, to: .inventory): 3,
            ])
    }

    @Test("reaches every service and edge that the view shows")
    func everySubject() {
        let counts = ExpectedTraffic.counts(Dictionary(uniqueKeysWithValues: LoadRoute.mix.map { ($0, 1) }))
        #expect(Set(counts.keys) == Set(SignalSubject.all))
        #expect(SignalSubject.all.count == ServiceName.allCases.count + 6)
    }
}

@Suite("A latency distribution")
struct LatencyDistributionTests {
    @Test("has its median in the middle and an upper end")
    func samples() {
        let distribution = LatencyDistribution(medianMilliseconds: 10, spread: 0.5)
        var generator = Seeded(state: 7)
        let samples = (0..<4000).map { _ in distribution.sample(using: &generator) }.sorted()
        #expect(samples[2000] > .milliseconds(9) && samples[2000] < .milliseconds(11))
        #expect(samples[3999] <= .milliseconds(80))
        #expect(samples[0] > .zero)
    }

    /// SplitMix64, so that every run draws the same numbers.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}
