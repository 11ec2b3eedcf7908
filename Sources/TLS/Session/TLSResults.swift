/// What a turn of the handshake came to.
package enum HandshakeResult: Equatable, Sendable {
    /// The peer is verified, and application data may flow.
    case done
    case wantsRead, wantsWrite
    case failed(TLSFailure)
}

/// What a read came to. Either direction of TLS may need either direction of the socket.
package enum TLSReadResult: Equatable, Sendable {
    case bytes(Int)
    case wouldBlockOnRead, wouldBlockOnWrite
    /// The peer said that it will send nothing more (close_notify).
    case end
    /// The connection ended without close_notify: what was received may not be all that was sent.
    case truncated
    case failed(TLSFailure)
}

/// What a write came to.
package enum TLSWriteResult: Equatable, Sendable {
    case bytes(Int)
    /// The bytes stay in the buffer, and the next write must begin with them; more may follow them.
    case wouldBlockOnRead, wouldBlockOnWrite
    case failed(TLSFailure)
}

/// What sending close_notify came to.
package enum TLSShutdownResult: Equatable, Sendable {
    case sent
    case wouldBlockOnWrite
    case failed(TLSFailure)
}
