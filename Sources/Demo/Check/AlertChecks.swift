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
        try await now("no other alert fires before the incident") { $0.isEmpty ? nil : Self.names($0) }
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
        try await assertOnlyBroken("no other service is alerted during the incident")
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
            let foreign = alerts.filter { $0.service != service }
            guard foreign.isEmpty else { return "others fire: \(Self.names(foreign))" }
            let pages = alerts.filter(\.isPage)
            return pages.isEmpty ? nil : "still firing: \(Self.names(pages))"
        }
        try await assertHistory()
    }

    /// Looks back over the whole run, so that nothing escapes that fired between two looks.
    private func assertHistory() async throws(DemoError) {
        let tickets = ["MartletServiceSuccessRateBurn", "MartletEdgeFailing", "MartletRouteFailing"]
        let query =
            #"group by (alertname, service) (last_over_time(ALERTS{alertstate="firing"}[\#(report.elapsedSeconds + 1)s]))"#
        try await report.eventually(
            "of all that fired since the start, every alert was about \(service)'s failures", 5, mesh
        ) { () async throws(ObservationError) in
            let others = try await mesh.prometheus.query(query).filter { alert in
                let name = alert.labels["alertname"] ?? ""
                let isExpected = tickets.contains(name) && alert.labels["service"] == service
                return !isExpected && name != "MartletWatchdog"
            }
            return others.isEmpty ? nil : "\(others.map(\.labels)) fired too"
        }
    }

    private func assertOnlyBroken(_ sentence: String) async throws(DemoError) {
        try await now(sentence) { alerts in
            let others = alerts.filter { $0.service != service }
            return others.isEmpty ? nil : Self.names(others)
        }
    }

    private func now(_ sentence: String, _ fault: ([Alertmanager.Alert]) -> String?) async throws(DemoError) {
        do throws(ObservationError) {
            report.assert(sentence, fault: fault(try await mesh.alertmanager.alerts()))
        } catch {
            report.assert(sentence, fault: "\(error)")
        }
    }

    private static func names(_ alerts: [Alertmanager.Alert]) -> String {
        Set(alerts.map { "\($0.name) \($0.service ?? $0.labels["instance"] ?? "")" }).sorted().joined(separator: ", ")
    }
}
