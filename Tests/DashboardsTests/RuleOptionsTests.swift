import Dashboards
import Testing

@Suite("Rule options")
struct RuleOptionsTests {
    private func drill(scrapeIntervalSeconds: Int) -> RuleOptions {
        var options = RuleOptions()
        options.timeScale = 20
        options.scrapeIntervalSeconds = scrapeIntervalSeconds
        return options
    }

    private func file(_ path: String, _ options: RuleOptions) throws -> String {
        try #require(alertFiles(options).first { $0.path == path }).contents
    }

    @Test("divide every window and every wait by the time scale")
    func timeScale() throws {
        let rules = AlertRules(drill(scrapeIntervalSeconds: 1)).groups.flatMap(\.rules)
        let burns = rules.filter { $0.name == "MartletServiceSuccessRateBurn" }
        #expect(burns.map(\.pendingSeconds) == [6, 45, 180, 540])
        #expect(burns.map(\.keepFiringSeconds) == [15, 0, 0, 0])
        #expect(burns.map { $0.labels[0].value } == ["3m", "18m", "1h12m", "3h36m"])
        #expect(burns[0].annotations[1].value.contains("in the last 15s. Over 15s and 3m the error budget"))
    }

    @Test("keep the names of recorded series, so that dashboards work on a drill")
    func names() {
        func records(_ options: RuleOptions) -> [String] {
            RecordingRules(options).groups.flatMap { $0.rules.map(\.record) }
        }
        #expect(records(RuleOptions()) == records(drill(scrapeIntervalSeconds: 1)))
    }

    @Test("never make a window shorter than four scrapes, nor a wait shorter than two evaluations")
    func floor() throws {
        let recording = try file("martlet-recording.yaml", drill(scrapeIntervalSeconds: 5))
        let windows = Set(recording.matches(of: /direction="inbound"}\[(\w+)\]/).map { String($0.1) })
        #expect(windows == ["20s"])
        let burn = try #require(
            AlertRules(drill(scrapeIntervalSeconds: 5)).groups.flatMap(\.rules).first { $0.pendingSeconds > 0 })
        #expect(burn.pendingSeconds == 10)
    }

    @Test("put objectives, thresholds and names where they belong")
    func values() throws {
        var options = RuleOptions()
        options.successObjective = 0.995
        options.latencyObjective = 0.9
        options.latencyBound = try #require(LatencyBound(seconds: 2))
        options.proxyJob = "mesh"
        options.minimumBadEvents = 3
        let recording = try file("martlet-recording.yaml", options)
        #expect(recording.contains(#"0 * service_slo:events:rate5m{slo="success"} + 0.995"#))
        #expect(recording.contains(#"0 * service_slo:events:rate5m{slo="latency"} + 0.9"#))
        #expect(recording.contains(#"service_le:response_latency_seconds_bucket:rate5m{le=~"2(\\.0)?"}"#))
        #expect(recording.contains(#"request_total{job="mesh",direction="inbound"}"#))
        #expect(!recording.contains("martlet-proxy"))
        #expect(try file("martlet-alerts.yaml", options).contains(">= 3"))
    }

    @Test(
        "accept latency bounds that are buckets, and no others",
        arguments: [
            (0.25, "0.25"), (1, "1"), (16, "16"), (0.00048828125, "0.00048828125"), (0.3, nil), (32, nil), (0, nil),
            (-1, nil), (0.000244140625, nil),
        ] as [(Double, String?)])
    func latencyBounds(seconds: Double, label: String?) {
        #expect(LatencyBound(seconds: seconds)?.label == label)
    }

    @Test("say what is wrong with a value that no rule can be made of")
    func validation() {
        func message(_ change: (inout RuleOptions) -> Void) -> String? {
            var options = RuleOptions()
            change(&options)
            do {
                try options.validate()
                return nil
            } catch {
                return error.description
            }
        }
        #expect(message { _ in } == nil)
        #expect(message { $0.timeScale = 0 } == "--time-scale: found 0, allowed is 1 or more")
        #expect(
            message { $0.successObjective = 99.9 }
                == "--success-objective: found 99.9, allowed is a ratio above 0 and below 1, such as 0.999")
        #expect(message { $0.latencyObjective = .nan }?.hasPrefix("--latency-objective: found nan") == true)
        #expect(message { $0.scrapeIntervalSeconds = 0 } == "--scrape-interval: found 0, allowed is 1 to 300 seconds")
        #expect(message { $0.minimumBadEvents = -1 } == "--minimum-bad-events: found -1, allowed is 0 or more")
        #expect(
            message { $0.proxyJob = "a\"b" }
                == "--proxy-job: found a\"b, allowed is a job name without quotes or backslashes")
    }
}
