/// One caller or one route suffers while the service as a whole may look fine. Tickets; a page of the service mutes them.
struct EdgeAlerts {
    private let options: RuleOptions
    private let factory: AlertFactory

    init(_ options: RuleOptions) {
        self.options = options
        factory = AlertFactory(options: options)
    }

    var rules: [AlertRule] { [edgeFailing, routeFailing] }

    /// `service` is the callee, so that the page of the callee mutes this; the caller is `client`.
    private var edgeFailing: AlertRule {
        factory.alert(
            "MartletEdgeFailing", .warning, pending: 600,
            expression: """
                sum by (client, service) (
                  label_replace(
                    label_replace(
                      \(failing(Recorded.edgeFailures, of: Recorded.edgeResponses, indent: "      ")),
                      "client", "$1", "service", "(.*)"
                    ),
                    "service", "$1", "dst_service", "(.*)"
                  )
                )
                """,
            summary: "Calls from {{ $labels.client }} to {{ $labels.service }} fail.",
            description: "{{ $value | humanizePercentage }} of the calls from {{ $labels.client }} to "
                + "{{ $labels.service }} failed in the last \(options.duration(.fiveMinutes)).",
            board: BoardLink(
                .edgesAndRoutes, [KeyValue("client", "client"), KeyValue("server", "service")]))
    }

    private var routeFailing: AlertRule {
        factory.alert(
            "MartletRouteFailing", .warning, pending: 600,
            expression: failing(Recorded.routeFailures, of: Recorded.routeResponses),
            summary: "Route {{ $labels.route }} of {{ $labels.service }} fails.",
            description: "{{ $value | humanizePercentage }} of the requests to route {{ $labels.route }} of "
                + "{{ $labels.service }} failed in the last \(options.duration(.fiveMinutes)).",
            board: BoardLink(
                .edgesAndRoutes, [KeyValue("server", "service"), KeyValue("route", "route")]))
    }

    private func failing(_ failures: String, of responses: String, indent: String = "") -> String {
        [
            failures, "/ (\(responses) > 0)", "> \(options.edgeErrorRatio)", "and",
            "\(failures) * \(options.seconds(.fiveMinutes)) >= \(options.minimumBadEvents)",
        ].joined(separator: "\n" + indent)
    }
}
