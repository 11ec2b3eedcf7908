import EventLoop
import Glibc

/// `martlet-demo check`: an incident from its first failure to the last resolved alert, asserted from the outside.
struct DemoCheck {
    let mesh: Mesh
    let report: CheckReport
    let incident: Incident

    /// Seconds of steady load before anything is measured.
    private static let warmUpSeconds = 12
    /// All of it must take less.
    private static let secondsMax = 240

    static func run(_ options: DemoOptions, loop: EventLoop) async throws(DemoError) -> Int32 {
        let report = CheckReport()
        let ports: PortPlan
        if let base = options.portBase {
            ports = try PortPlan.from(base: base)
        } else {
            ports = try PortPlan.free(seed: Int(getpid()))
        }
        let mesh = try Mesh(ports: ports, options: options, loop: loop)
        let incident = Incident(service: options.incident ?? .checkout, mesh: mesh)
        let check = DemoCheck(mesh: mesh, report: report, incident: incident)
        do throws(DemoError) {
            try await check.play()
        } catch {
            await mesh.end()
            throw error
        }
        await mesh.end()
        check.assertNothingRemains(ports)
        report.assert(
            "all of it took less than \(secondsMax) s", holds: report.elapsedSeconds < secondsMax,
            otherwise: "it took \(report.elapsedSeconds) s")
        Console.print("\(report.passed) passed, \(report.failed) failed")
        return report.failed == 0 ? 0 : 1
    }

    private func play() async throws(DemoError) {
        try await mesh.start()
        report.assert("every service, proxy, collector, Prometheus and Alertmanager started and is ready", fault: nil)
        try await assertTargetsUp()
        mesh.load.start()
        try await mesh.pause(.seconds(Self.warmUpSeconds))
        try await SignalChecks(mesh: mesh, report: report).assertSteadyState()
        try await EncryptionChecks(mesh: mesh, report: report).assertAll()
        let alerts = AlertChecks(mesh: mesh, report: report, incident: incident)
        try await alerts.assertQuiet()
        let panels = PanelChecks(mesh: mesh, report: report, service: incident.service)
        try await panels.assertEveryPanel("in a healthy mesh")
        try await alerts.assertIncident()
        try await panels.assertEveryPanel("during the incident")
        try await alerts.assertRecovery()
        if let identities = mesh.identities {
            try await IdentityChecks(mesh: mesh, report: report, identities: identities).assertAll()
        }
        await mesh.load.stop()
        try await SignalChecks(mesh: mesh, report: report).assertTotals(incident.service)
        try await TraceChecks(mesh: mesh, report: report).assertEveryTrace()
    }

    private func assertTargetsUp() async throws(DemoError) {
        let expected = ServiceName.allCases.count + 1
        try await report.eventually("Prometheus discovered \(expected) targets, and all are up", 15, mesh) {
            () async throws(ObservationError) in
            let targets = try await mesh.prometheus.targets()
            let down = targets.filter { $0.health != "up" }
            guard targets.count == expected else { return "it knows \(targets.count)" }
            return down.first.map { "\($0.labels["instance"] ?? "?") is \($0.health): \($0.lastError)" }
        }
    }

    private func assertNothingRemains(_ ports: PortPlan) {
        let taken = ports.named.filter { _, address in
            do throws(SystemError) {
                try Listener.checkFree(address)
                return false
            } catch {
                return true
            }
        }
        report.assert(
            "everything that was started has ended, and all ports are free again", holds: taken.isEmpty,
            otherwise: "still taken: \(taken.map(\.name).joined(separator: ", "))")
        report.assert(
            "the temporary folder is gone", holds: !mesh.folder.exists, otherwise: "\(mesh.folder.path) is still there")
    }
}

extension CheckReport {
    /// Looks every second until nothing is wrong, or time is up; then the last fault counts.
    func eventually(
        _ sentence: String, _ seconds: Int, _ mesh: Mesh,
        _ look: () async throws(ObservationError) -> String?
    ) async throws(DemoError) {
        let end = elapsedSeconds + seconds
        while true {
            let fault: String?
            do throws(ObservationError) {
                fault = try await look()
            } catch {
                fault = "\(error)"
            }
            if fault == nil || elapsedSeconds >= end {
                assert(sentence, fault: fault.map { "\($0), after \(seconds) s" })
                return
            }
            try await mesh.pause(.seconds(1))
        }
    }
}
