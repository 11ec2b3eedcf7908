extension ProxyConfiguration {
    private typealias S = Setting<ProxyConfiguration>

    static let trafficSettings: [Setting<ProxyConfiguration>] = timeoutSettings + limitSettings + forwardingSettings

    private static let timeoutSettings: [S] = [
        S(
            "timeouts.connect", flag: "connect-timeout", \.timeouts.connect,
            .duration(.milliseconds(1)...(.seconds(60))),
            "Until a connection to an endpoint is established; then `connect_timeout`."),
        S(
            "timeouts.head", flag: "head-timeout", \.timeouts.head, .duration(.milliseconds(10)...(.seconds(600))),
            "From the first byte of a request head to its end; then 408 and `client_timeout`."),
        S(
            "timeouts.idle", flag: "idle-timeout", \.timeouts.idle, .duration(.milliseconds(10)...(.seconds(86_400))),
            "How long a keep-alive connection without a request stays open, on either side."),
        S(
            "timeouts.request", flag: "request-timeout", \.timeouts.request,
            .duration(.milliseconds(1)...(.seconds(86_400)), zeroMeans: "off"),
            "For the whole exchange, request head to last response byte; then 504 and `request_timeout`."),
        S(
            "timeouts.response", flag: "response-timeout", \.timeouts.response,
            .duration(.milliseconds(1)...(.seconds(86_400)), zeroMeans: "off"),
            "From the request sent to the response head; then 504 and `response_timeout`."),
        S(
            "timeouts.bodyIdle", flag: "body-idle-timeout", \.timeouts.bodyIdle,
            .duration(.milliseconds(10)...(.seconds(86_400)), zeroMeans: "off"),
            "How long a body may make no progress, on either side, before its connection is closed."),
        S(
            "timeouts.drain", flag: "drain-timeout", \.timeouts.drain,
            .duration(.milliseconds(1)...(.seconds(3_600)), zeroMeans: "at once"),
            "From SIGTERM until connections that are still busy are cut."),
    ]

    private static let limitSettings: [S] = [
        S(
            "limits.headBytes", flag: "max-head-bytes", \.limits.headBytes, .size(1 << 10...1 << 20),
            "Request or response head; a larger request gets 431 and `head_too_large`. By HTTP/2 each field counts 32 bytes more "
                + "(RFC 9113 §6.5.2), and no field may have more than 64 KiB."),
        S(
            "limits.headFields", flag: "max-head-fields", \.limits.headFields, .integer(8...10_000, unit: "fields"),
            "Field lines of a head; more count as `head_too_large`."),
        S(
            "limits.targetBytes", flag: "max-target-bytes", \.limits.targetBytes, .size(64...1 << 20),
            "Request target; a longer one gets 414 and `uri_too_long`."),
        S(
            "limits.bodyBytes", flag: "max-body-bytes", \.limits.bodyBytes, .size(1...1 << 50, zeroMeans: "no limit"),
            "Request body; a larger one gets 413 and `body_too_large`. Bodies are streamed, not held."),
        S(
            "limits.connectionsMax", flag: "max-connections", \.limits.connectionsMax,
            .integer(1...1_000_000, unit: "connections"),
            "Accepted connections of the whole process. More are closed at once and counted."),
        S(
            "limits.poolIdlePerEndpoint", flag: "max-idle-per-endpoint", \.limits.poolIdlePerEndpoint,
            .integer(1...65_536, unit: "connections", zeroMeans: "none kept"),
            "Idle connections kept to one endpoint, per worker."),
        S(
            "limits.pendingMax", flag: "max-pending", \.limits.pendingMax, .integer(1...1_000_000, unit: "requests"),
            "Requests that wait for an upstream connection, per worker; one more gets 503 and `overload`."),
    ]

    private static let forwardingSettings: [S] = [
        S(
            "forwarding.via", flag: "via", \.forwarding.via, .boolean,
            "Whether messages carry `Via`, which is also how a loop is found."),
        S(
            "forwarding.strictHostMismatch", flag: "strict-host-mismatch", \.forwarding.strictHostMismatch, .boolean,
            "Whether a request whose absolute target differs from its Host gets 400; else the target wins."),
        S(
            "forwarding.connectPorts", flag: "connect-ports", \.forwarding.connectPorts,
            .list(of: .integer(1...65_535, unit: "port"), atMost: ConfigurationLimits.connectPorts),
            "Ports that CONNECT may open; without any, CONNECT is refused with `connect_forbidden`."),
    ]
}
