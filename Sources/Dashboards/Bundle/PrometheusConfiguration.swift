/// An example of a Prometheus that scrapes the mesh and evaluates the rules.
struct PrometheusConfiguration {
    static let header = [
        "Example configuration. Start Prometheus with --enable-feature=exemplar-storage to keep trace ids.",
        "Targets come from files, one list of {targets, labels} each; Prometheus notices a change at once.",
        "Target labels must not be named `service`, `dst_service` or `route`: the proxies' own labels would be renamed.",
    ]

    private let options: RuleOptions

    init(_ options: RuleOptions) { self.options = options }

    var document: Document {
        [
            "global": [
                "scrape_interval": .string(prometheusDuration(seconds: options.scrapeIntervalSeconds)),
                "evaluation_interval": .string(prometheusDuration(seconds: options.evaluationIntervalSeconds)),
            ],
            "rule_files": ["martlet-recording.yaml", "martlet-alerts.yaml", "objectives/*.yaml"],
            "alerting": ["alertmanagers": [["static_configs": [["targets": ["localhost:9093"]]]]]],
            "scrape_configs": [
                job(options.proxyJob, files: "targets/proxies/*.json", samples: 50_000),
                job(options.collectorJob, files: "targets/collectors/*.json", samples: 200_000),
            ],
        ]
    }

    /// A target that exposes more than its limits fails as a whole: better one blind spot than a drowned Prometheus.
    private func job(_ name: String, files: String, samples: Int) -> Document {
        [
            "job_name": .string(name),
            "sample_limit": .integer(samples),
            "label_limit": 32,
            "label_value_length_limit": 512,
            "file_sd_configs": [["files": [.string(files)]]],
        ]
    }
}

/// How an operator tunes one service: a rule file of its own, nothing to edit in the bundle.
enum ObjectivesExample {
    static let header = [
        "Example of objectives of your own: copy, rename, add to rule_files.",
        "slo is success or latency; the value is a ratio between 0 and 1. bound is a latency bucket in seconds, a power of",
        "two such as 0.125, 0.5 or 2, and stands for where slow begins; its value is not read.",
    ]

    static let document: Document = [
        "groups": [
            [
                "name": "martlet-objectives",
                "rules": [
                    RecordingRule(
                        Recorded.userObjective,
                        labels: [KeyValue("service", "checkout"), KeyValue("slo", ServiceLevel.success.rawValue)],
                        "vector(0.9995)"
                    ).document,
                    RecordingRule(
                        Recorded.userObjective,
                        labels: [KeyValue("service", "search"), KeyValue("slo", ServiceLevel.latency.rawValue)],
                        "vector(0.95)"
                    ).document,
                    RecordingRule(
                        Recorded.userLatencyThreshold,
                        labels: [KeyValue("service", "search"), KeyValue("bound", "0.5")], "vector(0.5)"
                    ).document,
                ],
            ]
        ]
    ]
}
