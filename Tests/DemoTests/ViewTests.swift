import EventLoop
import Testing

@testable import Demo

@Suite("The tables of golden signals")
struct SignalTableTests {
    private let signals: [SignalSubject: GoldenSignals] = [
        .service(.web): GoldenSignals(
            requestsPerSecond: 40, successRatio: 0.955, p50Seconds: 0.0042, p95Seconds: 0.25, p99Seconds: .nan),
        .edge(from: .web, to: .cart): GoldenSignals(
            requestsPerSecond: 20, successRatio: 1, p50Seconds: 0.003, p95Seconds: 0.01, p99Seconds: 0.02),
    ]

    private let encryption: [SignalSubject: Encryption] = [
        .service(.web): Encryption(ratio: 0, reason: "not_provided_by_remote"),
        .service(.cart): Encryption(ratio: 0.75, reason: "not_provided_by_remote"),
        .edge(from: .web, to: .cart): Encryption(ratio: 1, identity: "spiffe://shop.demo/ns/shop/sa/cart"),
    ]

    @Test("show numbers with their units, a dash for what is not known, and failing services as alarms")
    func tables() {
        let tables = SignalTable.tables(signals, encryption)
        #expect(tables.map(\.count) == [7, 7])
        #expect(tables[0][0].text == "service                    req/s   success       p50       p95       p99  mTLS")
        #expect(
            tables[0][1].text
                == "web                         40.0    95.5 %    4.2 ms    250 ms         –  open not_provided_by_remote"
        )
        #expect(tables[0][2].text == "catalog                        –         –         –         –         –  –")
        #expect(
            tables[0][3].brief == "cart                           –         –         –         –         –  75 %")
        #expect(tables[0].map(\.style) == [.heading, .alarm] + Array(repeating: .plain, count: 5))
        #expect(tables[1][0].text == "edge                       req/s   success       p50       p95       p99  mTLS")
        let edge = "web → cart                  20.0   100.0 %    3.0 ms     10 ms     20 ms  🔒"
        #expect(tables[1][2].text == edge + " spiffe://shop.demo/ns/shop/sa/cart")
        #expect(tables[1][2].fitted(columns: 80).text == edge)
    }

    @Test("are a whole sentence for each service and edge where there is no terminal")
    func sentences() {
        let lines = SignalTable.sentences(signals, encryption)
        #expect(lines.count == 12)
        let service = "web                   40.0 req/s, success 95.5 %, p50 4.2 ms, p95 250 ms, p99 –"
        #expect(lines[0] == service + ", mTLS open not_provided_by_remote")
        let edge = "web → cart            20.0 req/s, success 100.0 %, p50 3.0 ms, p95 10 ms, p99 20 ms"
        #expect(lines[7] == edge + ", mTLS 🔒 spiffe://shop.demo/ns/shop/sa/cart")
    }
}

@Suite("The lines of alerts")
struct AlertLinesTests {
    private func alert(_ state: String, _ labels: [String: String]) -> Alertmanager.Alert {
        Alertmanager.Alert(labels: labels, annotations: [:], status: Alertmanager.Alert.Status(state: state))
    }

    @Test("say what fires, then what is pending and not said yet, then what is muted")
    func order() {
        let page = ["alertname": "Burn", "service": "checkout", "severity": "critical", "window": "3m"]
        let longer = page.merging(["window": "18m"]) { $1 }
        let edge = ["alertname": "Edge", "client": "web", "service": "checkout", "severity": "warning"]
        let route = ["alertname": "Route", "service": "checkout", "route": "order", "severity": "warning"]
        let late = ["alertname": "Late", "service": "web", "severity": "critical"]
        let lines = AlertLines.lines(
            [alert("suppressed", edge), alert("active", longer), alert("active", page)],
            [page, route, late].map { Prometheus.Alert(labels: $0, state: "pending") })
        #expect(
            lines == [
                ViewLine(text: "FIRING   Burn checkout (critical, over 3m and 18m)", style: .alarm),
                ViewLine(text: "pending  Late web (critical)", style: .notice),
                ViewLine(text: "pending  Route checkout (warning, route order)", style: .notice),
                ViewLine(text: "muted    Edge web → checkout (warning)"),
            ])
        #expect(AlertLines.lines([], []) == [ViewLine(text: "no alerts")])
    }
}

@Suite("A screen")
struct ScreenTests {
    private func line(_ text: String) -> ViewLine { ViewLine(text: text) }

    private var screen: Screen {
        Screen(
            header: line("header"), tables: [[line("service")], [line("edge")]],
            alerts: ["a1", "a2", "a3", "a4"].map(line),
            events: [line("old"), ViewLine(text: "detail", isExtra: true), line("new")],
            addresses: ["long", "addresses"].map(line), briefAddresses: [line("brief")])
    }

    private func texts(_ rows: Int) -> [String] { screen.arranged(rows: rows, columns: 80).map(\.text) }

    @Test("gives up details, long addresses, blank lines, alerts, old events, and last what stands last")
    func rows() {
        let head = ["header", "", "service", "", "edge", "", "a1", "a2", "a3", "a4", ""]
        #expect(texts(17) == head + ["old", "detail", "new", "", "long", "addresses"])
        #expect(texts(16) == head + ["old", "new", "", "long", "addresses"])
        #expect(texts(15) == head + ["old", "new", "", "brief"])
        let dense = ["header", "service", "edge", "a1", "a2", "and 2 alerts more"]
        #expect(texts(14) == dense + ["old", "new", "brief"])
        #expect(texts(8) == dense + ["new", "brief"])
        #expect(texts(7) == dense + ["brief"])
        #expect(texts(2) == ["header", "service"])
    }

    @Test("cuts a line that would wrap, but shows a link bare")
    func columns() {
        #expect(line("12345").fitted(columns: 5).text == "12345")
        #expect(line("123456").fitted(columns: 5).text == "1234…")
        #expect(ViewLine(text: "label  http://x/", brief: "http://x/").fitted(columns: 10).text == "http://x/")
        #expect(ViewLine(text: "label  http://x/", brief: "http://x/").fitted(columns: 6).text == "http:…")
    }

    @Test("of 24 lines and 80 columns holds an incident with its links whole")
    func smallTerminal() {
        let timeline = Timeline(isPrinting: false)
        timeline.add("FIRING MartletServiceSuccessRateBurn for inventory: 50 % of the requests to inventory failed")
        let runbook = "docs/runbooks/MartletServiceSuccessRateBurn.md#martletservicesuccessrateburn"
        let dashboard = "http://localhost:3000/d/martlet-service?from=now-1h&to=now&var-service=inventory"
        let trace = "http://127.0.0.1:18002/api/traces/d46ac0c5e779f3e0780f867545d463d3"
        timeline.link("runbook  ", runbook)
        timeline.link("dashboard", dashboard)
        timeline.add("exemplar trace d46ac0c5e779f3e0780f867545d463d3 failed in inventory")
        for _ in 0..<8 { timeline.detail("span") }
        timeline.link("trace    ", trace)
        let addresses = Addresses(
            ports: PortPlan { PortPlan.usualBase + UInt16($0) }, folder: "/tmp/martlet-demo.abcdef")
        let lines = Screen(
            header: line("martlet demo"), tables: SignalTable.tables([:]), alerts: [line("FIRING")],
            events: timeline.lines, addresses: addresses.lines.map(line), briefAddresses: addresses.briefLines.map(line)
        ).arranged(rows: 24, columns: 80).map(\.text)
        #expect(lines.count <= 24)
        #expect(lines.contains(runbook) && lines.contains(dashboard))
        #expect(lines.contains { $0.hasSuffix(trace) })
        #expect(lines.suffix(2) == addresses.briefLines[...], "both lines fit without a cut")
    }
}
