extension ProxyConfiguration {
    package struct Timeouts: Equatable, Sendable {
        /// Until a TCP connection to an endpoint is established.
        package var connect = Duration.seconds(1)
        /// From the first byte of a request head to its end.
        package var head = Duration.seconds(10)
        /// A keep-alive connection without a request, on either side.
        package var idle = Duration.seconds(60)
        /// A whole exchange, request head to last response byte. Zero: off, so that streams may last.
        package var request = Duration.zero
        /// From the request sent to the response head. Zero: off. A minute, because a slow right answer beats a 504.
        package var response = Duration.seconds(60)
        /// A body that makes no progress, on either side.
        package var bodyIdle = Duration.seconds(60)
        /// From SIGTERM until the connections that are still busy are cut.
        package var drain = Duration.seconds(30)

        package init() {}
    }

    /// What one peer can make the proxy hold. Zero means no limit only where the schema says so.
    package struct Limits: Equatable, Sendable {
        package var headBytes = 60 << 10
        package var headFields = 100
        package var targetBytes = 8 << 10
        /// Zero: no limit; bodies are streamed, not held.
        package var bodyBytes = 0
        /// Accepted connections of the whole process; more are closed at once and counted.
        package var connectionsMax = 65_536
        /// Idle upstream connections kept per endpoint and worker.
        package var poolIdlePerEndpoint = 256
        /// Requests per worker that wait for an upstream connection; one more is refused as `overload`.
        package var pendingMax = 1_024

        package init() {}
    }

    package struct Forwarding: Equatable, Sendable {
        /// Whether messages carry `Via` (RFC 9110 §7.6.3), which is also how a loop is found.
        package var via = true
        /// Whether an absolute-form target that differs from Host is refused instead of winning (RFC 9112 §3.2.2).
        package var strictHostMismatch = false
        /// Ports that CONNECT may open. Empty: CONNECT is refused.
        package var connectPorts: [UInt16] = []

        package init() {}
    }
}
