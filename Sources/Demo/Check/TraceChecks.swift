import Foundation

/// What the collector made of the spans: one whole trace per request.
struct TraceChecks {
    let mesh: Mesh
    let report: CheckReport

    /// Traces are read in slices of time, so that no answer grows large.
    private static let sliceMicroseconds: UInt64 = 5_000_000
    private static let sliceTracesMax = 1_500

    func assertEveryTrace() async throws(DemoError) {
        let sent = mesh.load.total.sent
        var traces: [Trace] = []
        try await report.eventually("the collector has one trace for each of the \(sent) requests", 20, mesh) {
            () async throws(ObservationError) in
            traces = try await allTraces()
            return traces.count == sent ? nil : "it has \(traces.count)"
        }
        let faults = traces.compactMap { trace in trace.fault.map { "\(trace.identifier): \($0)" } }
        report.assert(
            "every trace is joined to one whole with every hop, without orphans", holds: faults.isEmpty,
            otherwise: "\(faults.count) of \(traces.count) are not, such as \(faults.first ?? "")")
        try await assertCounters()
    }

    private func allTraces() async throws(ObservationError) -> [Trace] {
        let now = UInt64(Date().timeIntervalSince1970 * 1_000_000)
        var start = UInt64(mesh.startDate.timeIntervalSince1970 * 1_000_000)
        var byIdentifier: [String: Trace] = [:]
        while start < now {
            let end = start + Self.sliceMicroseconds
            let slice = try await mesh.jaeger.traces(
                of: ServiceName.web.rawValue, limit: Self.sliceTracesMax, fromMicroseconds: start, toMicroseconds: end)
            for trace in slice { byIdentifier[trace.identifier] = trace }
            start = end
        }
        return Array(byIdentifier.values)
    }

    private func assertCounters() async throws(DemoError) {
        let zeroes = [
            ("no span is an orphan", "sum(martlet_collector_orphan_spans_total)"),
            ("no trace is partial", #"sum(martlet_collector_traces_joined_total{completeness="partial"})"#),
            ("the collector refused no span", "sum(martlet_collector_spans_refused_total) or vector(0)"),
            ("the collector dropped no span", "sum(martlet_collector_spans_dropped_total) or vector(0)"),
            ("no proxy dropped a span", "sum(martlet_spans_dropped_total) or vector(0)"),
        ]
        for (sentence, expression) in zeroes {
            try await report.eventually("\(sentence), by the counters", 3, mesh) { () async throws(ObservationError) in
                let values = try await mesh.prometheus.query(expression).map(\.value)
                return values == [0] ? nil : "found \(values)"
            }
        }
    }
}
