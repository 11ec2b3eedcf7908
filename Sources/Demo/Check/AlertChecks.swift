import Dashboards

/// What Alertmanager says before, during and after the incident.
struct AlertChecks {
    let mesh: Mesh
    let report: CheckReport
    let incident: Incident

    private var service: String { incident.service.rawValue }

    func assertQuiet() async throws(DemoError) {
        try await report.eventually("the watchdog fires, so alerts reach Alertmanager", 30, mesh) {
            () async throws(ObservationError) in
            try await mesh.alertmanager.all().contains(where: \.isWatchdog) ? nil : "it does not"
        }
        // A start on a busy machine may have been slow for a moment; the incident waits until that is over.
        try await report.eventually("no other alert fires before the incident", 45, mesh) {
            () async throws(ObservationError) in
            let alerts = try await mesh.alertmanager.alerts()
            return alerts.isEmpty ? nil : Self.names(alerts)
        }
    }

    /// Whether an alert is right: it tells of the broken service's failures, or of slowness that the load generator has
    /// measured itself. The latter happens where the machine is too busy for the demo, and is no fault of the alert.
    private func isRight(_ name: String, _ service: String?) -> Bool {
        switch name {
        case "MartletWatchdog": true
        case "MartletServiceSuccessRateBurn", "MartletEdgeFailing", "MartletRouteFailing": service == self.service
        case "MartletServiceLatencyBurn": mesh.load.total.late >= MeshCommands.ruleOptions.minimumBadEvents
        case _: false
        }
    }

    func assertIncident() async throws(DemoError) {
        try await incident.begin()
        report.note("\(service) fails half of its requests from now on")
        try await report.eventually("an alert for \(service) becomes pending", 40, mesh) {
            () async throws(ObservationError) in
            try await incident.isPending() ? nil : "none is"
        }
        var page: Alertmanager.Alert?
        try await report.eventually("Alertmanager fires a page for \(service)", 60, mesh) {
            () async throws(ObservationError) in
            page = try await incident.page()
            return page == nil ? "none fires" : nil
        }
        report.assert(
            "it is the success-rate page", holds: page?.name == "MartletServiceSuccessRateBurn",
            otherwise: "it is \(page?.name ?? "none")")
        report.assert(
            "it links to a runbook and to a dashboard of \(service)",
            holds: page?.annotations["runbook_url"]?.contains("MartletServiceSuccessRateBurn") ?? false
                && page?.annotations["dashboard_url"]?.contains("var-service=\(service)") ?? false,
            otherwise: "\(page?.annotations ?? [:])")
        try await assertSuccessRates()
        try await assertFailedTrace()
        try await assertOnlyBroken()
    }

    private func assertSuccessRates() async throws(DemoError) {
        try await report.eventually(
            "\(service)'s success rate is down to half, and every other service's is 100 %", 15, mesh
        ) {
            () async throws(ObservationError) in
            let signals = try await mesh.prometheus.goldenSignals(windowSeconds: 10)
            for name in ServiceName.allCases {
                let ratio = signals[.service(name)]?.successRatio ?? .nan
                let allowed = name == incident.service ? 0.3...0.7 : 1...1
                guard allowed.contains(ratio) else { return "\(name.rawValue) has \(ratio)" }
            }
            return nil
        }
    }

    private func assertFailedTrace() async throws(DemoError) {
        var trace: Trace?
        try await report.eventually(
            "an exemplar leads to the trace of a failed request that names \(service)", 30, mesh
        ) {
            () async throws(ObservationError) in
            trace = try await incident.failedTrace()
            return trace == nil ? "none does" : nil
        }
        for line in trace?.lines ?? [] { report.note(line) }
    }

    /// The service is repaired while its pages still fire; they must go, and take nothing else along.
    func assertRecovery() async throws(DemoError) {
        try await incident.end()
        report.note("\(service) is repaired")
        try await report.eventually("every page for \(service) resolves", 130, mesh) {
            () async throws(ObservationError) in
            let alerts = try await mesh.alertmanager.alerts()
            let wrong = alerts.filter { !isRight($0.name, $0.service) }
            guard wrong.isEmpty else { return "others fire: \(Self.names(wrong))" }
            let pages = alerts.filter { $0.isPage && $0.service == service }
            return pages.isEmpty ? nil : "still firing: \(Self.names(pages))"
        }
        try await assertHistory()
    }

    /// Looks back over the whole run, so that nothing escapes that fired between two looks.
    private func assertHistory() async throws(DemoError) {
        let query =
            #"group by (alertname, service) (last_over_time(ALERTS{alertstate="firing"}[\#(report.elapsedSeconds + 1)s]))"#
        try await report.eventually(
            "of all that fired since the start, every alert was about \(service)'s failures", 5, mesh
        ) { () async throws(ObservationError) in
            let others = try await mesh.prometheus.query(query).filter {
                !isRight($0.labels["alertname"] ?? "", $0.labels["service"])
            }
            return others.isEmpty ? nil : "\(others.map(\.labels)) fired too"
        }
        let late = mesh.load.total.late
        if late > 0 {
            report.note("\(late) of \(mesh.load.total.sent) requests took over a second: this machine is busy")
        }
    }

    private func assertOnlyBroken() async throws(DemoError) {
        let sentence = "no other service is alerted during the incident"
        do throws(ObservationError) {
            let others = try await mesh.alertmanager.alerts().filter { !isRight($0.name, $0.service) }
            report.assert(sentence, holds: others.isEmpty, otherwise: Self.names(others))
        } catch {
            report.assert(sentence, fault: "\(error)")
        }
    }

    private static func names(_ alerts: [Alertmanager.Alert]) -> String {
        Set(alerts.map { "\($0.name) \($0.service ?? $0.labels["instance"] ?? "")" }).sorted().joined(separator: ", ")
    }
}
