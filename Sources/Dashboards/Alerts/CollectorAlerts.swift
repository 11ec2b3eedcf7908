/// Health of the collector. Traffic never waits for it, so these are tickets.
struct CollectorAlerts {
    private let options: RuleOptions
    private let factory: AlertFactory
    private let collector: String

    init(_ options: RuleOptions) {
        self.options = options
        factory = AlertFactory(options: options)
        collector = options.collectorSelector
    }

    var rules: [AlertRule] { [down, spansRefused, spansDropped, queueNearlyFull, storeErrors, tracesPartial] }

    private var instanceBoard: BoardLink {
        BoardLink(.health, [KeyValue("job", "job"), KeyValue("instance", "instance")])
    }

    private var down: AlertRule {
        factory.alert(
            "MartletCollectorDown", .warning, pending: 300, expression: "absent(up{\(collector)} == 1)",
            summary: "No trace collector is up.",
            description: "Job \(options.collectorJob) has no target that can be scraped. Proxies keep serving and drop "
                + "spans once their rings are full.",
            board: BoardLink(.health))
    }

    private var spansRefused: AlertRule {
        let range = options.range(.fiveMinutes)
        let refused = "sum by (job, instance) (rate(martlet_collector_spans_refused_total{\(collector)}\(range)))"
        return factory.alert(
            "MartletCollectorSpansRefused", .warning, pending: 600,
            expression: """
                \(refused)
                / (
                  sum by (job, instance) (rate(martlet_collector_spans_received_total{\(collector)}\(range)))
                  + \(refused)
                  > 0
                )
                > 0.01
                """,
            summary: "Collector {{ $labels.instance }} refuses spans.",
            description:
                "Collector {{ $labels.instance }} refused {{ $value | humanizePercentage }} of the spans offered "
                + "in the last \(options.duration(.fiveMinutes)): invalid, too large, or it is overloaded.",
            board: instanceBoard)
    }

    private var spansDropped: AlertRule {
        let range = options.range(.fiveMinutes)
        return factory.alert(
            "MartletCollectorSpansDropped", .warning, pending: 600,
            expression: """
                sum by (job, instance) (rate(martlet_collector_spans_dropped_total{\(collector)}\(range)))
                / (sum by (job, instance) (rate(martlet_collector_spans_received_total{\(collector)}\(range))) > 0)
                > 0.01
                """,
            summary: "Collector {{ $labels.instance }} loses spans.",
            description: "Collector {{ $labels.instance }} dropped {{ $value | humanizePercentage }} of the spans it "
                + "accepted in the last \(options.duration(.fiveMinutes)). Golden signals stay exact, traces have holes.",
            board: instanceBoard)
    }

    private var queueNearlyFull: AlertRule {
        factory.alert(
            "MartletCollectorQueueNearlyFull", .warning, pending: 300,
            expression: """
                martlet_collector_queue_length{\(collector)}
                / (martlet_collector_queue_capacity{\(collector)} > 0)
                > 0.8
                """,
            summary: "The queue of collector {{ $labels.instance }} is nearly full.",
            description:
                "The queue of collector {{ $labels.instance }} is {{ $value | humanizePercentage }} full. When it "
                + "is full, proxies are told to retry and then drop spans.",
            board: instanceBoard)
    }

    private var storeErrors: AlertRule {
        let window = options.duration(.fiveMinutes)
        return factory.alert(
            "MartletCollectorStoreErrors", .warning, pending: 120, keepFiring: 300,
            expression: """
                sum by (job, instance) (increase(martlet_collector_store_write_errors_total{\(collector)}[\(window)])) > 0
                """,
            summary: "Collector {{ $labels.instance }} cannot write traces.",
            description: "Writes to the trace store of collector {{ $labels.instance }} failed in the last \(window). "
                + "Check the disk: space, permissions, health.",
            board: instanceBoard)
    }

    private var tracesPartial: AlertRule {
        let range = options.range(.thirtyMinutes)
        let joined = "martlet_collector_traces_joined_total"
        return factory.alert(
            "MartletCollectorTracesPartial", .info, pending: 1_800,
            expression: """
                sum by (job, instance) (rate(\(joined){\(collector),completeness="partial"}\(range)))
                / (sum by (job, instance) (rate(\(joined){\(collector)}\(range))) > 0)
                > 0.1
                """,
            summary: "Collector {{ $labels.instance }} joins incomplete traces.",
            description:
                "{{ $value | humanizePercentage }} of the traces joined by collector {{ $labels.instance }} in the "
                + "last \(options.duration(.thirtyMinutes)) lack spans: a service does not forward trace headers, a proxy "
                + "drops spans, or spans arrive too late.",
            board: instanceBoard)
    }
}
