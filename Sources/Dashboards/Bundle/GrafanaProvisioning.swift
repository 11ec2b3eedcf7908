/// Files that tell Grafana where data and dashboards are.
struct GrafanaProvisioning {
    let options: GrafanaOptions

    private static let prometheusIdentifier = "martlet-prometheus"
    private static let tracesIdentifier = "martlet-traces"

    /// An exemplar's trace id opens the trace in the collector, through Grafana's own Jaeger source.
    var datasources: Document {
        [
            "apiVersion": 1,
            "datasources": [
                [
                    "name": "Martlet metrics", "uid": .string(Self.prometheusIdentifier), "type": "prometheus",
                    "access": "proxy", "url": .string(options.prometheusAddress), "isDefault": true, "editable": false,
                    "jsonData": [
                        "timeInterval": .string(prometheusDuration(seconds: options.scrapeIntervalSeconds)),
                        "httpMethod": "POST", "prometheusType": "Prometheus",
                        "exemplarTraceIdDestinations": [
                            ["name": "trace_id", "datasourceUid": .string(Self.tracesIdentifier)]
                        ],
                    ],
                ],
                [
                    "name": "Martlet traces", "uid": .string(Self.tracesIdentifier), "type": "jaeger",
                    "access": "proxy", "url": .string(options.collectorAddress), "isDefault": false, "editable": false,
                    "jsonData": [
                        "nodeGraph": ["enabled": true],
                        "tracesToMetrics": [
                            "datasourceUid": .string(Self.prometheusIdentifier),
                            "tags": [["key": "service.name", "value": "service"]],
                            "queries": [
                                [
                                    "name": "Requests",
                                    "query": "sum(rate(request_total{direction=\"inbound\",$$__tags}[5m]))",
                                ]
                            ],
                        ],
                    ],
                ],
            ],
        ]
    }

    var dashboardProvider: Document {
        [
            "apiVersion": 1,
            "providers": [
                [
                    "name": "Martlet", "folder": "Martlet", "type": "file", "disableDeletion": true,
                    "allowUiUpdates": false, "updateIntervalSeconds": 30,
                    "options": ["path": .string(options.dashboardsPath), "foldersFromFilesStructure": false],
                ]
            ],
        ]
    }
}
