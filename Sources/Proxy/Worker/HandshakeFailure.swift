import EventLoop

/// A connection on which TLS did not come about, for the log.
struct HandshakeFailure: Sendable, CustomStringConvertible {
    let direction: Direction
    /// Of the client inbound, of the endpoint outbound.
    let address: SocketAddress
    /// The `result` of `tls_handshakes_total`.
    let word: String

    var description: String { "\(direction.rawValue) TLS handshake with \(address) failed: \(word)" }
}
