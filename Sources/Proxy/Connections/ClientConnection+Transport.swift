import EventLoop
import HTTP
import TLS

extension ClientConnection {
    // MARK: The client's side

    /// Finds out whether an inbound client speaks TLS, and shakes hands where it does.
    /// - Returns: whether the connection can carry requests.
    func openTransport() async -> Bool {
        guard direction == .inbound, let security = worker.security else { return true }
        let deadline = worker.loop.now.advanced(byNanoseconds: Limits.handshakeNanosecondsMax)
        let head = worker.loop.now.advanced(byNanoseconds: worker.settings.headNanoseconds)
        guard await speaksTLS(until: min(deadline, head)) else { return true }
        return await worker.shakeHands(
            security.server, socket, at: peer, expecting: nil, waiter, direction, until: deadline) == nil
    }

    /// Looks at the first bytes without taking them. What is not TLS is left to the HTTP parser and its limits.
    private func speaksTLS(until deadline: MonotonicTime) async -> Bool {
        while true {
            if case .bytes? = socket.socket?.peek(into: &worker.peeked) {
                let answer = ProtocolDetector.detect(worker.peeked)
                guard answer == .needMore, !socket.peerClosed else { return answer == .found(.tls) }
                socket.socket?.readBlocked()
            } else if socket.isReadable {
                return false
            }
            guard await waiter.wait(until: deadline) == .event else {
                socket.socket?.readAgain()
                return false
            }
        }
    }

    // MARK: The upstream's side

    /// Shakes hands with an endpoint of the mesh. - Returns: nil, or why it cannot be used.
    /// - Parameter forStreams: HTTP/2 is asked for before HTTP/1.1.
    func secure(_ channel: Channel, _ pool: EndpointPool, forStreams: Bool = false) async -> FailureReason? {
        guard let peer = pool.peer else { return nil }
        guard let security = worker.security else { return .tlsFailed }
        let deadline = worker.loop.now.advanced(byNanoseconds: worker.settings.connectNanoseconds)
        let context = forStreams ? security.client : security.clientOfHTTP1
        switch await worker.shakeHands(
            context, channel, at: pool.address, expecting: peer, resuming: pool.resumable, waiter,
            direction, until: deadline)
        {
        case nil: return nil
        case .failed(.refused): return .peerRefused
        case .failed: return .tlsFailed
        case .timedOut: return .connectTimeout
        case .tooMany: return .overload
        case .expired: return .tlsFailed
        }
    }
}
