import Dashboards
import Foundation
import Programs
import Testing

/// A machine without them fails here: scripts/bootstrap installs both.
@Suite("Prometheus' own tools")
struct PromtoolTests {
    @Test("load the rules at every time scale, without a lint", arguments: [1, 20, 60])
    func rules(timeScale: Int) throws {
        let directory = try ScratchDirectory()
        var options = RuleOptions()
        options.timeScale = timeScale
        if timeScale > 1 { options.scrapeIntervalSeconds = 1 }
        try directory.write(alertFiles(options))
        let outcome = try Tool.promtool.run(
            [
                "check", "rules", "--lint=all", "--lint-fatal", "martlet-recording.yaml", "martlet-alerts.yaml",
                "objectives.example.yaml",
            ], in: directory.url)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test("load the example configurations")
    func configurations() throws {
        let prometheus = try Tool.promtool.run(["check", "config", "--syntax-only", "alerts/prometheus.example.yaml"])
        #expect(prometheus.status == 0, "\(prometheus.output)")
        let alertmanager = try Tool.amtool.run(["check-config", "alerts/alertmanager.example.yaml"])
        #expect(alertmanager.status == 0, "\(alertmanager.output)")
    }

    @Test(
        "route pages to the pager, tickets to the tickets, the Watchdog to its switch, the rest to nobody",
        arguments: [
            (["severity=critical", "service=checkout"], "pager"),
            (["severity=warning", "service=checkout"], "tickets"),
            (["alertname=MartletWatchdog", "severity=none"], "dead-mans-switch"), (["severity=info"], "none"),
        ])
    func routing(labels: [String], receiver: String) throws {
        let outcome = try Tool.amtool.run(
            [
                "config", "routes", "test", "--config.file=alerts/alertmanager.example.yaml",
                "--verify.receivers=\(receiver)",
            ]
                + labels)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test("pass every unit test of the rules", arguments: try Repository.files(in: "alerts/tests", suffix: ".yaml"))
    func unitTests(file: String) throws {
        let outcome = try Tool.promtool.run(["test", "rules", "alerts/tests/\(file)"])
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    /// As recording rules, because promtool 2.42 has no command that parses a lone expression.
    @Test("parse every panel query, with one value, with all, and with a value that does not exist")
    func panelExpressions() throws {
        let choices = [
            VariableValues(["service": "checkout"]), VariableValues(),
            VariableValues(["service": "no such", "job": "none", "instance": "none:1"]),
        ]
        let directory = try ScratchDirectory()
        var rules = "groups:\n  - name: panels\n    rules:\n"
        var count = 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        for choice in choices {
            let variables = dashboards().flatMap { $0.variables.compactMap(\.seriesExpression) }
            let annotations = dashboards().flatMap { $0.annotations.map(\.expression) }
            let extra = (variables + annotations).map { choice.substitute(in: $0) }
            for expression in panelQueries(variables: choice).map(\.expression) + extra {
                count += 1
                #expect(!expression.contains("$"), "not substituted: \(expression)")
                let quoted = String(decoding: try encoder.encode(expression), as: UTF8.self)
                rules += "      - record: panel:number\(count)\n        expr: \(quoted)\n"
            }
        }
        try rules.write(to: directory.url.appending(path: "panels.yaml"), atomically: true, encoding: .utf8)
        let outcome = try Tool.promtool.run(["check", "rules", "--lint=none", "panels.yaml"], in: directory.url)
        #expect(outcome.status == 0, "\(outcome.output)")
    }
}
