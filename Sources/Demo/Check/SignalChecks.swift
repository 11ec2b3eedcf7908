/// Golden signals in Prometheus against what the load generator counted itself.
struct SignalChecks {
    let mesh: Mesh
    let report: CheckReport

    private static let windowSeconds = 20
    /// How far Prometheus may be off.
    private static let tolerance = 0.05

    /// After the warm-up: every query has an answer, nothing fails, and the traffic is the load's.
    func assertSteadyState() async throws(DemoError) {
        let before = mesh.load.counts
        try await mesh.pause(.seconds(Self.windowSeconds))
        let after = mesh.load.counts
        let sent = after.reduce(into: [LoadRoute: Int]()) {
            $0[$1.key] = $1.value.answered - (before[$1.key]?.answered ?? 0)
        }
        var signals: [SignalSubject: GoldenSignals] = [:]
        try await report.eventually("every service and edge has traffic, success rate, p50, p95 and p99", 10, mesh) {
            () async throws(ObservationError) in
            signals = try await mesh.prometheus.goldenSignals(windowSeconds: Self.windowSeconds)
            let missing = SignalSubject.all.filter { !(signals[$0]?.isComplete ?? false) }
            return missing.isEmpty ? nil : "missing for \(missing.map(\.title).joined(separator: ", "))"
        }
        let expected = ExpectedTraffic.counts(sent)
        for subject in SignalSubject.all {
            let counted = Double(expected[subject] ?? 0)
            let found = (signals[subject]?.requestsPerSecond ?? 0) * Double(Self.windowSeconds)
            report.assert(
                "\(subject.title): requests within 5 % of the load generator's \(Int(counted))",
                fault: Self.fault(found, counted))
        }
        let failing = SignalSubject.all.filter { signals[$0]?.successRatio != 1 }
        report.assert(
            "every success rate is 100 %", holds: failing.isEmpty,
            otherwise: failing.map { "\($0.title): \(signals[$0]?.successRatio ?? .nan)" }.joined(separator: ", "))
    }

    /// After the load has ended: the counters' totals, failures included.
    func assertTotals(_ broken: ServiceName) async throws(DemoError) {
        let load = mesh.load.total
        // Customers meet a failure of web itself; a failure behind it is told in the answer.
        let affected = broken == .web ? load.failed : load.degraded
        report.assert(
            "all \(load.sent) requests of the load were answered, \(affected) of them without \(broken.rawValue)",
            holds: load.answered == load.sent && load.failed + load.degraded == affected && mesh.load.skipped == 0,
            otherwise: "\(load.failed) failed, \(load.degraded) degraded, \(load.unanswered) unanswered, "
                + "\(mesh.load.skipped) skipped")
        let expected = ExpectedTraffic.counts(mesh.load.counts.mapValues(\.sent))
        try await report.eventually("each service's and edge's request total is the load's, within 5 %", 10, mesh) {
            () async throws(ObservationError) in
            var found: [SignalSubject: Double] = [:]
            for (isEdge, by) in [(false, "inbound"), (true, "outbound")] {
                let labels = isEdge ? "service, dst_service" : "service"
                for sample in try await mesh.prometheus.query(
                    #"sum by (\#(labels)) (request_total{direction="\#(by)"})"#)
                {
                    if let subject = SignalSubject(sample.labels, isEdge: isEdge) { found[subject] = sample.value }
                }
            }
            let faults = SignalSubject.all.compactMap { subject in
                Self.fault(found[subject] ?? 0, Double(expected[subject] ?? 0)).map { "\(subject.title) \($0)" }
            }
            return faults.first
        }
        try await report.eventually(
            "\(broken.rawValue)'s failures are those that customers met, within 5 %", 5, mesh
        ) {
            () async throws(ObservationError) in
            let query = #"sum(response_total{direction="inbound",classification="failure"}) by (service)"#
            let failures = try await mesh.prometheus.query(query).filter { $0.value > 0 }
            guard failures.count == 1, failures[0].labels["service"] == broken.rawValue else {
                return "failures in \(failures.compactMap { $0.labels["service"] })"
            }
            return Self.fault(failures[0].value, Double(affected))
        }
    }

    static func fault(_ found: Double, _ expected: Double) -> String? {
        guard expected > 0, abs(found - expected) <= expected * tolerance else {
            return "found \((found * 10).rounded() / 10), counted \(expected)"
        }
        return nil
    }
}
