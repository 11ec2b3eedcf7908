import EventLoop
import TLS

/// Why a connection has no TLS.
enum HandshakeEnd {
    case failed(TLSFailure)
    case timedOut, tooMany
    /// This proxy's own certificate: it is not shown any more, and nothing goes on without TLS in its place.
    case expired

    var word: String {
        switch self {
        case .failed(let failure): failure.word
        case .timedOut: "timeout"
        case .tooMany: "overload"
        case .expired: "identity_expired"
        }
    }
}

extension Worker {
    /// Shakes hands on `channel`. - Returns: nil, or why the connection has no TLS; counted either way.
    func shakeHands(
        _ context: TLSContext, _ channel: Channel, at address: SocketAddress, expecting peer: SPIFFEID?,
        resuming resumable: ResumableSessions? = nil, _ waiter: Waiter, _ direction: Direction,
        until deadline: MonotonicTime
    ) async -> HandshakeEnd? {
        let queue = direction == .inbound ? inboundHandshakes : outboundHandshakes
        var end: HandshakeEnd?
        if context.hasExpired(at: .now()) {
            end = .expired
        } else if await queue.enter(waiter, until: deadline, isAbandoned: { channel.isHungUp }) {
            switch await channel.secure(context, expecting: peer, resuming: resumable, waiter, until: deadline) {
            case .done: end = nil
            case .failed(let failure): end = .failed(failure)
            case .timedOut: end = .timedOut
            }
            queue.leave()
        } else {
            end = .tooMany
        }
        handshakeEnded(direction, with: address, isResumed: channel.isResumed, failure: end?.word)
        return end
    }
}
