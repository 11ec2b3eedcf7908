extension ProxyConfiguration {
    /// Connections whose bytes are carried as they are.
    package struct TCP: Equatable, Sendable {
        /// Ports of services that are never looked into. The well-known ones are those of protocols in which the server speaks
        /// first, or whose first bytes could be taken for HTTP.
        package var opaquePorts: [UInt16] = [25, 587, 3306, 4444, 5432, 6379, 9300, 11211]
        /// How long a connection may take to say what it speaks before it is carried as it is.
        package var detect = Duration.seconds(10)
        /// A connection on which nothing moves. Zero: no limit.
        package var idle = Duration.seconds(3_600)
        /// Silence after which the kernel asks the peer, where nothing else ends a connection. Zero: it does not.
        package var keepAlive = Duration.seconds(30)
        /// Whether each connection is recorded as a span.
        package var spans = false

        package init() {}
    }

    /// What an inbound connection may carry.
    package enum InboundProtocol: String, CaseIterable, Sendable {
        /// HTTP only; anything else is answered with 400.
        case http
        /// HTTP, and what is not HTTP as it is.
        case detect
        /// Everything as it is.
        case opaque
    }
}

/// A port of this proxy whose connections all go to one target, as they are.
package struct TCPListenerConfiguration: Equatable, Sendable {
    package var listen = HostPort(ipv4: "127.0.0.1", port: 0)
    /// The name of one of `outbound.targets`.
    package var target = ""

    package init() {}
}
