import Dashboards
import Foundation
import Testing

@Suite("The alerts")
struct AlertCatalogueTests {
    private static let rules = AlertRules(RuleOptions()).groups.flatMap(\.rules)
    private static let names = Array(Set(rules.map(\.name))).sorted()

    @Test("carry the annotations and labels that a person who is paged needs", arguments: rules.indices)
    func annotations(index: Int) throws {
        let rule = Self.rules[index]
        let annotations = Dictionary(uniqueKeysWithValues: rule.annotations.map { ($0.key, $0.value) })
        #expect(Set(annotations.keys) == ["summary", "description", "runbook_url", "dashboard_url"])
        #expect(try #require(annotations["summary"]).hasSuffix("."))
        #expect(!(annotations["summary"] ?? "").contains("$value"), "the summary names the thing and must not change")
        #expect(!rule.labels.contains { $0.value.contains("$value") }, "a value in a label restarts the alert")
        #expect(rule.name.hasPrefix("Martlet"))
    }

    @Test("of a service carry its name", arguments: names.filter { $0.hasPrefix("MartletService") })
    func serviceLabel(name: String) {
        for rule in Self.rules where rule.name == name {
            #expect(rule.annotations[0].value.contains("{{ $labels.service }}"))
        }
    }

    @Test("each have a runbook page whose heading is the anchor", arguments: names)
    func runbooks(name: String) throws {
        let rule = try #require(Self.rules.first { $0.name == name })
        let address = try #require(rule.annotations.first { $0.key == "runbook_url" }).value
        let parts = address.split(separator: "#").map(String.init)
        #expect(parts == ["docs/runbooks/\(name).md", name.lowercased()])
        let page = try Repository.text(parts[0])
        #expect(page.hasPrefix("# \(name)\n"))
        for heading in ["What it means", "What users notice", "First look", "Likely causes, and what to do"] {
            #expect(page.contains("\n## \(heading)\n"), "no section \(heading)")
        }
        #expect(try Repository.text("docs/runbooks/README.md").contains("](\(name).md)"))
    }

    @Test("and the runbooks are the same set")
    func noStrayRunbook() throws {
        let pages = try Repository.files(in: "docs/runbooks", suffix: ".md").filter { $0 != "README.md" }
        #expect(pages == Self.names.map { "\($0).md" })
    }

    @Test("are each seen silent, firing and resolved by promtool", arguments: names)
    func coverage(name: String) throws {
        let cases = try AlertTestCase.all().filter { $0.alert == name }
        #expect(cases.contains { $0.fires }, "no test in alerts/tests sees \(name) fire")
        if name == "MartletWatchdog" { return }
        let resolved = cases.filter { end in
            !end.fires && cases.contains { $0.fires && $0.test == end.test && $0.seconds < end.seconds }
        }
        #expect(!resolved.isEmpty, "no test in alerts/tests sees \(name) resolve")
        let silent = cases.filter { quiet in !quiet.fires && !resolved.contains(quiet) }
        #expect(!silent.isEmpty, "no test in alerts/tests sees \(name) silent where it did not fire before")
    }

    @Test("point their links at the addresses given")
    func addresses() throws {
        var options = RuleOptions()
        options.runbookBase = "https://example.org/runbooks"
        options.dashboardBase = "https://grafana.example.org"
        for rule in AlertRules(options).groups.flatMap(\.rules) {
            let values = rule.annotations.map(\.value)
            #expect(values[2].hasPrefix("https://example.org/runbooks/\(rule.name).md#"))
            #expect(values[3].hasPrefix("https://grafana.example.org/d/martlet-"))
        }
    }
}

/// One expectation of a promtool test file, read from its text: the files are ours, so their layout is known.
struct AlertTestCase: Equatable {
    /// File and name.
    let test: String
    let alert: String
    let seconds: Int
    let fires: Bool

    static func all() throws -> [AlertTestCase] {
        try Repository.files(in: "alerts/tests", suffix: ".yaml").flatMap { name in
            cases(in: try Repository.text("alerts/tests/\(name)"), file: name)
        }
    }

    private static func cases(in text: String, file: String) -> [AlertTestCase] {
        var cases: [AlertTestCase] = []
        var test = file
        var pending: String?
        var seconds = 0
        for line in text.split(separator: "\n") {
            if let match = line.firstMatch(of: /^  - name: (.*)/) { test = "\(file): \(match.1)" }
            if let match = line.firstMatch(of: /eval_time: (\w+)/) { seconds = Self.seconds(match.1) }
            if let match = line.firstMatch(of: /alertname: (Martlet\w+)/) { pending = String(match.1) }
            if let alert = pending, let match = line.firstMatch(of: /exp_alerts:(.*)/) {
                cases.append(
                    AlertTestCase(test: test, alert: alert, seconds: seconds, fires: !match.1.contains("[]")))
                pending = nil
            }
        }
        return cases
    }

    /// `1h45m`
    private static func seconds(_ duration: Substring) -> Int {
        let units = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        return duration.matches(of: /(\d+)([smhd])/).reduce(0) { $0 + (Int($1.1) ?? 0) * (units[String($1.2)] ?? 0) }
    }
}
