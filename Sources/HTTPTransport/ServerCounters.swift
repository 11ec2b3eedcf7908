package import Synchronization

/// What a server has seen; written by its loop, read by whoever renders metrics.
package final class HTTPServerCounters: Sendable {
    package let requests = Atomic<UInt64>(0)
    package let connectionsOpened = Atomic<UInt64>(0)
    /// Closed at once because `connectionsMax` were open.
    package let connectionsRefused = Atomic<UInt64>(0)
    /// Answered 4xx or 5xx by the server itself: malformed, too large, too slow.
    package let requestsRefused = Atomic<UInt64>(0)
    /// HTTP/2 connections that broke the protocol or one of its limits.
    package let connectionsFailed = Atomic<UInt64>(0)

    /// Closed because TLS did not come about.
    package let handshakesFailed = Atomic<UInt64>(0)

    package init() {}
}

extension Atomic<UInt64> {
    func increment() { add(1, ordering: .relaxed) }
}
