import Dashboards
import Testing

/// The rules of Grafana's dashboard-linter, by their names there, and the exclusions with their reasons.
@Suite("The dashboard linter")
struct DashboardLinterTests {
    typealias Object = DashboardFile.Object

    private static func variables(_ file: DashboardFile) -> [Object] { file.list("templating", "list") }

    private static func variable(_ name: String, of file: DashboardFile) -> Object? {
        variables(file).first { $0["name"] as? String == name }
    }

    private static func expressions(_ file: DashboardFile) -> [String] {
        file.dataPanels.flatMap(DashboardFile.targets).compactMap { $0["expr"] as? String }
    }

    @Test("template-datasource: one, called datasource", arguments: DashboardFile.all)
    func datasource(file: DashboardFile) {
        let sources = Self.variables(file).filter { $0["type"] as? String == "datasource" }
        #expect(sources.count == 1)
        #expect(sources.first?["name"] as? String == "datasource")
        #expect(sources.first?["label"] as? String == "Data source")
        #expect(sources.first?["query"] as? String == "prometheus")
    }

    /// Excluded: the overview. It reads recorded series only, which are summed over jobs and instances.
    @Test(
        "template-job, template-instance: multi-valued queries with allValue .+",
        arguments: DashboardFile.all.filter { !$0.path.contains("overview") })
    func jobAndInstance(file: DashboardFile) throws {
        for (name, label) in [("job", "Job"), ("instance", "Instance")] {
            let variable = try #require(Self.variable(name, of: file))
            #expect(variable["type"] as? String == "query")
            #expect(variable["label"] as? String == label)
            #expect(variable["multi"] as? Bool == true)
            #expect(variable["includeAll"] as? Bool == true)
            #expect(variable["allValue"] as? String == ".+")
        }
    }

    @Test(
        "template-on-time-change-reload: every query variable refreshes with the time range",
        arguments: DashboardFile.all)
    func refresh(file: DashboardFile) {
        for variable in Self.variables(file) where variable["type"] as? String == "query" {
            #expect(variable["refresh"] as? Int == 2)
            #expect((variable["definition"] as? String ?? "").hasPrefix("label_values("))
        }
    }

    /// Excluded: `changes(…[1h])`, the count of restarts in an hour, whose window is part of its meaning.
    @Test("target-rate-interval: a rate looks back $__rate_interval and nothing else", arguments: DashboardFile.all)
    func rateInterval(file: DashboardFile) {
        for expression in Self.expressions(file) {
            for selector in Expression(expression).selectors {
                guard let range = selector.range else { continue }
                let isCount = selector.function == "changes" && range == "1h"
                #expect(range == "$__rate_interval" && selector.function == "rate" || isCount, "\(expression)")
            }
        }
    }

    /// Excluded: recorded series (summed over jobs and instances), ALERTS (has neither of a proxy), span metrics of the
    /// service graph (of all collectors), and `up` on the overview, which names its job.
    @Test("target-job, target-instance: raw series are filtered by both", arguments: DashboardFile.all)
    func target(file: DashboardFile) {
        for expression in Self.expressions(file) {
            for selector in Expression(expression).selectors
            where !selector.metric.contains(":") && selector.metric != "ALERTS"
                && !selector.metric.hasPrefix("traces_service_graph") && !file.path.contains("overview")
            {
                for label in ["job", "instance"] {
                    let wanted = Expression.Matcher(label: label, operation: "=~", value: "$\(label)")
                    #expect(selector.matchers.contains(wanted), "\(selector.metric) in \(expression)")
                }
            }
        }
    }

    @Test("every variable is used, and every one used is defined", arguments: DashboardFile.all)
    func usedAndDefined(file: DashboardFile) {
        let defined = Set(Self.variables(file).compactMap { $0["name"] as? String })
        let used = Set(file.contents.matches(of: /\$\{?([a-z][a-z_]*)/).map { String($0.1) })
        #expect(used == defined)
    }

    @Test("the overview costs what its services cost: it reads no raw series of the data plane")
    func overview() throws {
        let file = try #require(DashboardFile.all.first { $0.path.contains("overview") })
        for expression in Self.expressions(file) {
            for selector in Expression(expression).selectors {
                #expect(selector.metric.contains(":") || ["up", "ALERTS"].contains(selector.metric), "\(expression)")
            }
        }
    }

    @Test("panelQueries lists every query of every panel, filled in, and says which may be empty")
    func panelQueryList() throws {
        let queries = panelQueries(variables: VariableValues(["service": "checkout"], rateIntervalSeconds: 240))
        let count = DashboardFile.all.flatMap(\.dataPanels).flatMap(DashboardFile.targets).count
        #expect(queries.count == count)
        #expect(queries.allSatisfy { !$0.expression.contains("$") })
        let success = try #require(
            queries.first { $0.dashboard == .service && $0.panel == "Requests" && $0.isInstant })
        #expect(
            success.expression
                == #"sum (rate(request_total{job=~".+",instance=~".+",direction="inbound",service="checkout"}[4m]))"#)
        let excused = Set(queries.filter { $0.emptyBecause != nil }.map(\.panel))
        #expect(
            excused == [
                "What fires now", "Callers", "Dependencies", "Span exports", "Calls seen in spans",
                "Failed calls seen in spans", "Identity expires in", "TLS handshakes", "HTTP/2 faults",
                "Identities taken over", "Certificates from the identity service",
                "TCP connections", "TCP connections begun and broken", "TCP bytes", "TCP connections last",
            ])
    }
}
