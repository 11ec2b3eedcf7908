/// The collector's part of the health dashboard: what comes in, what is joined, what is kept, what is lost.
struct CollectorSections {
    var sections: [Dashboard.Section] {
        [
            Dashboard.Section("Collector: intake", [intake]),
            Dashboard.Section("Collector: joining", [joining]),
            Dashboard.Section("Collector: store", [store]),
        ]
    }

    private let target = GoldenSignals.target
    private let prefix = "martlet_collector_"

    private func rate(_ name: String) -> String {
        "sum(rate(\(prefix)\(name){\(target)}[$__rate_interval]))"
    }

    /// Losses by reason appear only once something was lost; the queue length is there from the start.
    private func losses(_ name: String) -> String {
        """
        sum by (reason) (rate(\(prefix)\(name){\(target)}[$__rate_interval]))
        or
        label_replace(0 * sum(\(prefix)queue_length{\(target)}), "reason", "none", "", "")
        """
    }

    // MARK: Intake

    private var intake: [Panel] {
        [
            .timeseries(
                "Spans received and stored",
                "Spans received and stored per second. Bad: the lines part for longer than the join window.",
                width: 6, field: .of(.perSecond), noValue: "no collector",
                [
                    Query(rate("spans_received_total"), legend: "received"),
                    Query(rate("spans_stored_total"), legend: "stored"),
                ]),
            .timeseries(
                "Spans refused or dropped",
                "Spans lost per second: refused at the door, dropped behind it. Bad: above "
                    + "zero; the reason says which limit.",
                width: 6, style: .stacked, field: .of(.perSecond), noValue: "no collector",
                [
                    Query(losses("spans_refused_total"), legend: "refused: {{reason}}"),
                    Query(losses("spans_dropped_total"), legend: "dropped: {{reason}}"),
                ]),
            .timeseries(
                "Intake queue",
                "How full the intake queue is. Bad: above 80 %: the collector is slower than its input.",
                width: 6, field: .share(decimals: 1, thresholds: .high(warn: 0.5, bad: 0.8)), noValue: "no collector",
                [
                    Query(
                        """
                        max by (instance) (
                          \(prefix)queue_length{\(target)} / (\(prefix)queue_capacity{\(target)} > 0)
                        )
                        """, legend: "{{instance}}")
                ]),
            .timeseries(
                "Requests by status",
                "Export requests answered per second, by status code. Bad: 4xx (a sender is "
                    + "broken), 429 or 503 (overload).",
                width: 6, style: .stacked, field: .requestRate, noValue: "no collector",
                [
                    Query(
                        "sum by (code) (rate(\(prefix)requests_total{\(target)}[$__rate_interval]))",
                        legend: "{{code}}")
                ]),
        ]
    }

    // MARK: Joining

    private var joining: [Panel] {
        [
            .timeseries(
                "Traces joined",
                "Traces completed per second. Bad: partial ones above a tenth: headers are not "
                    + "forwarded, or spans come late.",
                width: 6, style: .stacked, field: .of(.perSecond), noValue: "no collector",
                [
                    Query(
                        "sum by (completeness) (rate(\(prefix)traces_joined_total{\(target)}[$__rate_interval]))",
                        legend: "{{completeness}}")
                ]),
            .timeseries(
                "Odd spans",
                "Orphans (no parent), late ones and duplicates, per second. Bad: orphans rising: a hop does "
                    + "not report.",
                width: 6, field: .of(.perSecond), noValue: "no collector",
                [
                    Query(rate("orphan_spans_total"), legend: "orphan"),
                    Query(rate("spans_late_total"), legend: "late"),
                    Query(rate("spans_duplicate_total"), legend: "duplicate"),
                ]),
            .timeseries(
                "Live traces",
                "Traces and spans in memory, waiting for the rest. Bad: rising without more spans "
                    + "coming in.",
                width: 6, field: .of(.count), noValue: "no collector",
                [
                    Query("sum(\(prefix)live_traces{\(target)})", legend: "traces"),
                    Query("sum(\(prefix)live_spans{\(target)})", legend: "spans"),
                ]),
            .timeseries(
                "Calls by service, from spans",
                "Server spans per second by service. Bad: a service of the mesh is "
                    + "missing: its proxy does not export.",
                width: 6, field: .requestRate, noValue: "no spans",
                [
                    Query(
                        #"""
                        sum by (service) \#
                        (rate(traces_spanmetrics_calls_total{\#(target),span_kind="SPAN_KIND_SERVER"}[$__rate_interval]))
                        """#, legend: "{{service}}")
                ]),
        ]
    }

    // MARK: Store

    private var store: [Panel] {
        [
            .timeseries(
                "Size", "Bytes on disk. Bad: at the limit long before the retention age: raise one or lower the other.",
                width: 6, field: .of(.bytes), noValue: "no collector",
                [Query("sum by (instance) (\(prefix)store_bytes{\(target)})", legend: "{{instance}}")]),
            .timeseries(
                "Traces kept", "Traces in the store. Bad: falling while traffic is steady.", width: 6,
                field: .of(.count), noValue: "no collector",
                [Query("sum by (instance) (\(prefix)store_traces{\(target)})", legend: "{{instance}}")]),
            .timeseries(
                "Write errors", "Failed writes per second. Bad: above zero: disk full, read-only or broken.", width: 6,
                field: .of(.perSecond), noValue: "no collector",
                [Query(rate("store_write_errors_total"), legend: "errors")]),
            .timeseries(
                "Traces deleted",
                "Traces removed per second, by reason. Bad: size overtaking age: the store is too "
                    + "small for its retention.",
                width: 6, style: .stacked, field: .of(.perSecond), noValue: "no collector",
                [
                    Query(losses("store_deleted_traces_total"), legend: "{{reason}}")
                ]),
        ]
    }
}
