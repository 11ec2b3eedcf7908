/// Health of the data plane itself. Causes, so tickets; only a mesh that nobody can see any more pages.
struct ProxyAlerts {
    private let options: RuleOptions
    private let factory: AlertFactory
    private let proxy: String

    init(_ options: RuleOptions) {
        self.options = options
        factory = AlertFactory(options: options)
        proxy = options.proxySelector
    }

    var rules: [AlertRule] {
        [
            proxyDown, proxiesMissing, proxiesAbsent, notReady, fileDescriptors, restartLoop, configReloadFailed,
            acceptPaused, loopLag, spansDropped, seriesOverflow,
        ]
    }

    private var instanceBoard: BoardLink {
        BoardLink(.health, [KeyValue("job", "job"), KeyValue("instance", "instance")])
    }

    private var bothJobs: String { #"job=~"\#(options.proxyJob)|\#(options.collectorJob)""# }

    private var proxyDown: AlertRule {
        factory.alert(
            "MartletProxyDown", .warning, pending: 300, expression: "up{\(proxy)} == 0",
            summary: "Proxy {{ $labels.instance }} cannot be scraped.",
            description: "Prometheus gets no metrics from proxy {{ $labels.instance }}: the process is gone, its admin "
                + "port is unreachable, or its exposition is broken.",
            board: instanceBoard)
    }

    private var proxiesMissing: AlertRule {
        factory.alert(
            "MartletProxiesMissing", .critical, pending: 300,
            expression: """
                count by (job) (up{\(proxy)} == 0)
                / count by (job) (up{\(proxy)})
                > \(options.missingProxyRatio)
                and
                count by (job) (up{\(proxy)} == 0) >= 2
                """,
            summary: "Many proxies cannot be scraped.",
            description: "{{ $value | humanizePercentage }} of the proxies of job {{ $labels.job }} are out of reach. "
                + "Signals and alerts of the services behind them are blind.",
            board: BoardLink(.health, [KeyValue("job", "job")]))
    }

    private var proxiesAbsent: AlertRule {
        factory.alert(
            "MartletProxiesAbsent", .critical, pending: 300, expression: "absent(up{\(proxy)})",
            summary: "Prometheus knows no proxy at all.",
            description: "Job \(options.proxyJob) has no target. Service discovery is empty or the job is misnamed; no "
                + "alert about a service can fire.",
            board: BoardLink(.health))
    }

    private var notReady: AlertRule {
        factory.alert(
            "MartletProxyNotReady", .warning, pending: 300, expression: "martlet_ready{\(proxy)} == 0",
            summary: "Proxy {{ $labels.instance }} is not ready.",
            description: "Proxy {{ $labels.instance }} answers its scrape but has reported not ready for "
                + "\(prometheusDuration(seconds: options.pendingSeconds(nominal: 300))).",
            board: instanceBoard)
    }

    private var fileDescriptors: AlertRule {
        factory.alert(
            "MartletFileDescriptorsNearLimit", .warning, pending: 300,
            expression: "process_open_fds{\(bothJobs)} / (process_max_fds{\(bothJobs)} > 0) > 0.8",
            summary: "{{ $labels.instance }} runs out of file descriptors.",
            description:
                "{{ $labels.job }} at {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its file "
                + "descriptors. At 100 % it stops accepting connections.",
            board: instanceBoard)
    }

    private var restartLoop: AlertRule {
        let window = prometheusDuration(seconds: options.seconds(nominal: 900))
        return factory.alert(
            "MartletRestartLoop", .warning, pending: 0, keepFiring: 300,
            expression: "changes(process_start_time_seconds{\(bothJobs)}[\(window)]) > 2",
            summary: "{{ $labels.instance }} restarts again and again.",
            description:
                "{{ $labels.job }} at {{ $labels.instance }} restarted {{ $value }} times in the last \(window).",
            board: instanceBoard)
    }

    private var configReloadFailed: AlertRule {
        factory.alert(
            "MartletProxyConfigReloadFailed", .warning, pending: 300,
            expression: "martlet_config_last_reload_successful{\(proxy)} == 0",
            summary: "Proxy {{ $labels.instance }} refused its configuration.",
            description:
                "Proxy {{ $labels.instance }} could not load its newest configuration and runs the one before. "
                + "Its next restart will fail.",
            board: instanceBoard)
    }

    private var acceptPaused: AlertRule {
        let window = options.duration(.fiveMinutes)
        return factory.alert(
            "MartletProxyAcceptPaused", .warning, pending: 300,
            expression:
                "sum by (job, instance, reason) (increase(martlet_accept_paused_total{\(proxy)}[\(window)])) > 0",
            summary: "Proxy {{ $labels.instance }} stops accepting connections.",
            description: "Proxy {{ $labels.instance }} paused accepting in the last \(window), reason "
                + "{{ $labels.reason }}. New connections wait or fail.",
            board: instanceBoard)
    }

    private var loopLag: AlertRule {
        factory.alert(
            "MartletProxyLoopLag", .warning, pending: 300,
            expression: "max by (job, instance) (martlet_loop_lag_seconds_max{\(proxy)}) > 0.1",
            summary: "An event loop of proxy {{ $labels.instance }} is late.",
            description:
                "Ready work waited up to {{ $value | humanizeDuration }} in proxy {{ $labels.instance }}. Every "
                + "request on that loop waits as long.",
            board: instanceBoard)
    }

    private var spansDropped: AlertRule {
        let range = options.range(.fiveMinutes)
        return factory.alert(
            "MartletProxySpansDropped", .warning, pending: 600,
            expression: """
                sum by (job, instance) (rate(martlet_spans_dropped_total{\(proxy)}\(range)))
                / (sum by (job, instance) (rate(martlet_spans_recorded_total{\(proxy)}\(range))) > 0)
                > 0.01
                """,
            summary: "Proxy {{ $labels.instance }} loses spans.",
            description:
                "Proxy {{ $labels.instance }} dropped {{ $value | humanizePercentage }} of its spans in the last "
                + "\(options.duration(.fiveMinutes)). Traces through it have holes; traffic is not affected.",
            board: instanceBoard)
    }

    private var seriesOverflow: AlertRule {
        let window = prometheusDuration(seconds: options.seconds(nominal: 900))
        return factory.alert(
            "MartletProxySeriesOverflow", .warning, pending: 0, keepFiring: 900,
            expression:
                "sum by (job, instance, family) (increase(martlet_series_overflow_total{\(proxy)}[\(window)])) > 0",
            summary: "Proxy {{ $labels.instance }} folds series of {{ $labels.family }}.",
            description:
                "Family {{ $labels.family }} of proxy {{ $labels.instance }} passed its series budget in the last "
                + "\(window). New label sets are counted in the overflow series.",
            board: instanceBoard)
    }
}
