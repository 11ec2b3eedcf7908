import Dashboards
import Foundation
import Testing

/// A dashboard as Grafana reads it: checks on the JSON, not on the types that wrote it.
struct DashboardFile: CustomTestStringConvertible, Sendable {
    typealias Object = [String: Any]

    let path: String
    let contents: String

    var testDescription: String { path }

    static let all = grafanaFiles().filter { $0.path.hasSuffix(".json") }.map {
        DashboardFile(path: $0.path, contents: $0.contents)
    }

    /// Empty if the text is no JSON object, which every test then stumbles over.
    var root: Object {
        do {
            return try JSONSerialization.jsonObject(with: Data(contents.utf8)) as? Object ?? [:]
        } catch {
            Issue.record(error)
            return [:]
        }
    }

    func list(_ keys: String...) -> [Object] {
        var value: Any? = root
        for key in keys { value = (value as? Object)?[key] }
        return value as? [Object] ?? []
    }

    var panels: [Object] { list("panels") }
    var dataPanels: [Object] { panels.filter { !["row", "text"].contains($0["type"] as? String ?? "") } }

    static func targets(_ panel: Object) -> [Object] { panel["targets"] as? [Object] ?? [] }

    static func defaults(_ panel: Object) -> Object {
        (panel["fieldConfig"] as? Object)?["defaults"] as? Object ?? [:]
    }
}

@Suite("A dashboard file")
struct DashboardFileTests {
    typealias Object = DashboardFile.Object

    @Test("has the head that Grafana and the linter want", arguments: DashboardFile.all)
    func head(file: DashboardFile) throws {
        let root = file.root
        let uid = try #require(root["uid"] as? String)
        #expect(file.path == "dashboards/\(uid).json")
        #expect((8...40).contains(uid.count))
        #expect(root["id"] is NSNull)
        #expect(root["editable"] as? Bool == false)
        #expect(root["schemaVersion"] as? Int == 39)
        #expect((root["description"] as? String ?? "").hasSuffix("."))
        #expect(root["tags"] as? [String] == ["martlet"])
        #expect(root["refresh"] as? String == "30s")
        let link = try #require(file.list("links").first)
        #expect(link["includeVars"] as? Bool == true)
        #expect(link["keepTime"] as? Bool == true)
        #expect(file.list("annotations", "list").count == 3)
    }

    @Test("numbers its panels once and lets none overlap or leave the grid", arguments: DashboardFile.all)
    func grid(file: DashboardFile) throws {
        var ids: Set<Int> = []
        var cells: Set<[Int]> = []
        for panel in file.panels {
            #expect(ids.insert(try #require(panel["id"] as? Int)).inserted)
            let position = try #require(panel["gridPos"] as? [String: Int])
            let (x, y) = (try #require(position["x"]), try #require(position["y"]))
            let (width, height) = (try #require(position["w"]), try #require(position["h"]))
            #expect(x >= 0 && x + width <= 24)
            for column in x..<(x + width) {
                for row in y..<(y + height) {
                    #expect(cells.insert([column, row]).inserted, "overlap at \(column),\(row)")
                }
            }
        }
    }

    @Test("uses panel types that Grafana still has", arguments: DashboardFile.all)
    func types(file: DashboardFile) {
        let types = Set(file.panels.compactMap { $0["type"] as? String })
        #expect(types.isSubset(of: ["timeseries", "stat", "table", "heatmap", "state-timeline", "text", "row"]))
    }

    @Test("explains every panel and says what bad looks like", arguments: DashboardFile.all)
    func descriptions(file: DashboardFile) {
        for panel in file.dataPanels {
            let title = panel["title"] as? String ?? ""
            #expect(!title.isEmpty)
            #expect((panel["description"] as? String ?? "").contains("Bad: "), "\(title)")
        }
        let titles = file.dataPanels.compactMap { $0["title"] as? String }
        let repeated = Dictionary(grouping: titles, by: { $0 }).filter { $0.value.count > 1 }.keys
        #expect(repeated.isEmpty, "two panels are called \(repeated)")
    }

    @Test("gives every panel a known unit, thresholds and words for no value", arguments: DashboardFile.all)
    func fields(file: DashboardFile) throws {
        let units: Set = ["reqps", "cps", "percentunit", "s", "bytes", "Bps", "short", "none", "dtdurations"]
        for panel in file.dataPanels {
            let defaults = DashboardFile.defaults(panel)
            let title = panel["title"] as? String ?? ""
            #expect(units.contains(defaults["unit"] as? String ?? ""), "\(title)")
            #expect(!(defaults["noValue"] as? String ?? "").isEmpty, "\(title)")
            let steps = (defaults["thresholds"] as? Object)?["steps"] as? [Object] ?? []
            #expect(try #require(steps.first)["value"] is NSNull, "\(title)")
            let values = steps.dropFirst().compactMap { $0["value"] as? Double }
            #expect(values == values.sorted() && values.count == steps.count - 1, "\(title)")
            if defaults["unit"] as? String == "percentunit" { #expect(defaults["max"] as? Int == 1, "\(title)") }
        }
    }

    @Test("sends every query to the data source that its variable picks", arguments: DashboardFile.all)
    func datasources(file: DashboardFile) {
        let variables = file.list("templating", "list").filter { $0["type"] as? String == "query" }
        let annotations = file.list("annotations", "list")
        let targets = file.dataPanels.flatMap(DashboardFile.targets)
        for object in file.dataPanels + targets + variables + annotations {
            #expect(object["datasource"] as? [String: String] == ["type": "prometheus", "uid": "${datasource}"])
        }
    }

    @Test("numbers the queries of a panel A, B, C and names their lines", arguments: DashboardFile.all)
    func targets(file: DashboardFile) {
        for panel in file.dataPanels {
            let targets = DashboardFile.targets(panel)
            #expect(!targets.isEmpty)
            let ids = targets.compactMap { $0["refId"] as? String }
            #expect(ids == (0..<targets.count).map { String(UnicodeScalar(UInt8(65 + $0))) })
            for target in targets where ["timeseries", "heatmap", "state-timeline"].contains(panel["type"] as? String) {
                let legend = target["legendFormat"] as? String ?? ""
                #expect(!legend.isEmpty, "\(panel["title"] ?? "")")
                let grouped = Expression(target["expr"] as? String ?? "").groupingLabels
                for match in legend.matches(of: /\{\{(\w+)\}\}/) {
                    #expect(grouped.contains(String(match.1)), "\(legend): the query drops that label")
                }
            }
        }
    }

    @Test(
        "asks for exemplars wherever latency is drawn",
        arguments: DashboardFile.all.filter { !$0.path.contains("overview") })
    func exemplars(file: DashboardFile) {
        for panel in file.dataPanels where ["timeseries", "heatmap"].contains(panel["type"] as? String) {
            let targets = DashboardFile.targets(panel)
            let isLatency = targets.contains {
                ($0["expr"] as? String ?? "").contains("response_latency_seconds_bucket")
            }
            #expect(!isLatency || targets.contains { $0["exemplar"] as? Bool == true }, "\(panel["title"] ?? "")")
        }
    }

    @Test("links by uid to dashboards of the bundle and sets variables that they have", arguments: DashboardFile.all)
    func links(file: DashboardFile) throws {
        let boards = DashboardFile.all
        let urls = file.contents.matches(of: /"url": "(\/d\/[^"]+)"/).map { String($0.1) }
        for url in urls {
            let match = try #require(
                url.wholeMatch(of: /\/d\/([\w-]+)\?\$\{__url_time_range\}&\$\{datasource:queryparam\}(.*)/))
            let board = try #require(boards.first { $0.path == "dashboards/\(match.1).json" }, "\(url)")
            let names = Set(board.list("templating", "list").compactMap { $0["name"] as? String })
            for variable in match.2.matches(of: /&var-(\w+)=/) { #expect(names.contains(String(variable.1)), "\(url)") }
        }
        #expect(!urls.isEmpty || file.path.contains("health"))
    }
}
