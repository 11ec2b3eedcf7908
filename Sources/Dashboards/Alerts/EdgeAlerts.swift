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
        let failures = clientAndServer(Recorded.edgeFailures)
        return factory.alert(
            "MartletEdgeFailing", .warning, pending: 600,
            expression: failingExpression(failures: failures, responses: clientAndServer(Recorded.edgeResponses)),
            summary: "Calls from {{ $labels.client }} to {{ $labels.service }} fail.",
            description: "{{ $value | humanizePercentage }} of the calls from {{ $labels.client }} to "
                + "{{ $labels.service }} failed in the last \(options.duration(.fiveMinutes)).",
            board: BoardLink(
                .edgesAndRoutes, [KeyValue("client", "client"), KeyValue("server", "service")]))
    }

    private var routeFailing: AlertRule {
        factory.alert(
            "MartletRouteFailing", .warning, pending: 600,
            expression: failingExpression(failures: Recorded.routeFailures, responses: Recorded.routeResponses),
            summary: "Route {{ $labels.route }} of {{ $labels.service }} fails.",
            description: "{{ $value | humanizePercentage }} of the requests to route {{ $labels.route }} of "
                + "{{ $labels.service }} failed in the last \(options.duration(.fiveMinutes)).",
            board: BoardLink(
                .edgesAndRoutes, [KeyValue("server", "service"), KeyValue("route", "route")]))
    }

    private func failingExpression(failures: String, responses: String) -> String {
        """
        \(failures)
        / (\(responses) > 0)
        > \(options.edgeErrorRatio)
        and
        \(failures) * \(options.seconds(.fiveMinutes)) >= \(options.minimumBadEvents)
        """
    }

    private func clientAndServer(_ series: String) -> String {
        """
        sum by (client, service) (label_replace(label_replace(\(series), \
        "client", "$1", "service", "(.*)"), "service", "$1", "dst_service", "(.*)"))
        """
    }
}
