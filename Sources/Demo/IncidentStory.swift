/// An incident as it is shown: told step by step in the timeline.
struct IncidentStory {
    let incident: Incident
    let timeline: Timeline
    let warmUpSeconds: Int

    private static let patienceSeconds = 120

    /// Ends early, and says so, when something cannot be looked at; the demo goes on.
    func play() async {
        let name = incident.service.rawValue
        do throws(DemoError) {
            timeline.add("warming up for \(warmUpSeconds) s, then \(name) breaks")
            try await incident.mesh.pause(.seconds(warmUpSeconds))
            try await incident.begin()
            timeline.add("\(name) is broken: it fails half of its requests")
            guard
                try await wait({ () async throws(ObservationError) in try await incident.isPending() ? true : nil })
                    != nil
            else { return timeline.add("no alert became pending") }
            timeline.add("an alert for \(name) is pending: it must last before it pages")
            guard let page = try await wait({ () async throws(ObservationError) in try await incident.page() }) else {
                return timeline.add("no alert fired")
            }
            timeline.add("FIRING \(page.name) for \(page.service ?? "?"): \(page.annotations["description"] ?? "")")
            timeline.link("runbook  ", page.annotations["runbook_url"] ?? "none")
            timeline.link("dashboard", page.annotations["dashboard_url"] ?? "none")
            guard let trace = try await wait({ () async throws(ObservationError) in try await incident.failedTrace() })
            else { return timeline.add("no exemplar of a failed request was found") }
            timeline.add("exemplar trace \(trace.identifier) failed in \(name)")
            for line in trace.lines { timeline.detail(line) }
            timeline.link(
                "trace    ", "http://\(incident.mesh.ports.collectorQuery)/api/traces/\(trace.identifier)")
        } catch {
            // The run itself ends for the same reason, and reports it.
        }
    }

    private func wait<Found>(
        _ look: () async throws(ObservationError) -> Found?
    ) async throws(DemoError) -> Found? {
        var lastFault = ""
        for _ in 0..<Self.patienceSeconds {
            do throws(ObservationError) {
                if let found = try await look() { return found }
            } catch {
                if error.description != lastFault { timeline.add(error.description) }
                lastFault = error.description
            }
            try await incident.mesh.pause(.seconds(1))
        }
        return nil
    }
}
