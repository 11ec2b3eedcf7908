import EventLoop
import HTTP
import TLS

extension OpaqueConnection {
    enum Connecting {
        case connected(UpstreamConnection)
        case failed(FailureReason)
    }

    /// Opens a connection to an endpoint of the target; one that cannot be reached makes room for another.
    func connect(to target: TargetState) async -> Connecting {
        var failure = FailureReason.noEndpoint
        for _ in 0..<Limits.connectAttemptsMax {
            guard let pool = target.pickEndpoint() else { break }
            attempted(pool.address)
            guard worker.pendingConnects < worker.settings.pendingMax, !pool.isFull else { return .failed(.overload) }
            switch await open(pool) {
            case .connected(let socket):
                noteOwn(socket)
                let channel = Channel(socket)
                guard let refused = await secure(channel, pool) else { return .connected(pool.opened(channel)) }
                failure = refused
            case .timedOut: failure = .connectTimeout
            case .failed where client.isHungUp: return .failed(.clientClosed)
            case .failed(let code): failure = FailureReason(connecting: code)
            }
            target.connectFailed(pool, failure)
            if target.endpointCount == 1 { break }
        }
        return .failed(failure)
    }

    private func open(_ pool: EndpointPool) async -> Descriptor.ConnectResult {
        worker.pendingConnects += 1
        pool.openingBegan()
        defer {
            worker.pendingConnects -= 1
            pool.openingEnded()
        }
        return await Descriptor.connect(
            to: pool.address, loop: worker.loop, waiter: waiter,
            deadline: worker.loop.now.advanced(byNanoseconds: worker.settings.connectNanoseconds),
            isAbandoned: { client.isHungUp })
    }

    /// Shakes hands with an endpoint of the mesh. - Returns: nil, or why it cannot be used.
    private func secure(_ channel: Channel, _ pool: EndpointPool) async -> FailureReason? {
        guard let peer = pool.peer else { return nil }
        guard let security = worker.security else { return .tlsFailed }
        let deadline = worker.loop.now.advanced(byNanoseconds: worker.settings.connectNanoseconds)
        switch await worker.shakeHands(
            security.clientOfTCP, channel, at: pool.address, expecting: peer, resuming: pool.resumable, waiter,
            direction, until: deadline)
        {
        // A peer that chose nothing would read the bytes as requests.
        case nil: return channel.applicationProtocol == ApplicationProtocol.opaque ? nil : .tlsFailed
        case .failed(.refused): return .peerRefused
        case .failed: return .tlsFailed
        case .timedOut: return .connectTimeout
        case .tooMany: return .overload
        case .expired: return .tlsFailed
        }
    }
}
