import Bytes
import EventLoop
import HTTP

extension ClientConnection {
    /// Carries one request whose head has been parsed. - Returns: whether the connection can carry another.
    func run(_ exchange: Exchange) async -> Bool {
        begin(exchange)
        if let reason = worker.resolve(exchange, direction) { return await refuse(exchange, reason) }
        worker.startTrace(exchange)
        while true {
            if let reason = await connectUpstream(exchange) { return await refuse(exchange, reason) }
            worker.writeRequest(exchange)
            exchange.phase = .awaitingResponse
            switch await relay(exchange) {
            case .complete:
                return complete(exchange)
            case .tunnel:
                await tunnel(exchange)
                return false
            case .staleConnection:
                worker.discardUpstream(exchange)
            case .failed(let reason):
                worker.discardUpstream(exchange)
                if exchange.hasResponded || reason == .clientClosed { return abandon(exchange, reason) }
                return await refuse(exchange, reason)
            }
        }
    }

    func begin(_ exchange: Exchange) {
        exchange.record.started = worker.loop.now
        exchange.mustCloseClient = worker.loop.isDraining
    }

    // MARK: The upstream

    /// Takes an idle connection of the picked endpoint or opens one; a refused or timed-out attempt moves on to
    /// another endpoint, since nothing has been sent yet.
    private func connectUpstream(_ exchange: Exchange) async -> FailureReason? {
        guard let target = exchange.target else { return .internal }
        var failure = FailureReason.noEndpoint
        for _ in 0..<Limits.connectAttemptsMax {
            guard let pool = target.pickEndpoint() else { return failure }
            exchange.record.attempts += 1
            if let connection = pool.takeIdle() {
                attach(connection, to: exchange)
                return nil
            }
            guard !pool.isFull else { return .overload }
            let deadline = worker.loop.now.advanced(byNanoseconds: worker.settings.connectNanoseconds)
            switch await Descriptor.connect(to: pool.address, loop: worker.loop, waiter: waiter, deadline: deadline) {
            case .connected(let socket):
                attach(pool.opened(socket), to: exchange)
                return nil
            case .timedOut:
                failure = .connectTimeout
            case .failed(let code):
                failure = FailureReason(connecting: code)
            }
            target.connectFailed(pool, failure)
            if target.endpointCount == 1 { return failure }
        }
        return failure
    }

    private func attach(_ connection: UpstreamConnection, to exchange: Exchange) {
        connection.socket.waiter = waiter
        exchange.upstream = connection
    }

    // MARK: Ending

    private func complete(_ exchange: Exchange) -> Bool {
        worker.releaseUpstream(exchange)
        finish(exchange)
        guard exchange.mustCloseClient || !exchange.requestBody.isComplete else { return true }
        return false
    }

    /// The client has part of a response, or is gone: all that is left is to close so that it cannot take the part
    /// for the whole.
    private func abandon(_ exchange: Exchange, _ reason: FailureReason) -> Bool {
        exchange.record.reason = reason
        if reason == .clientClosed { exchange.record.status = reason.status }
        socket.resetOnClose()
        finish(exchange)
        return false
    }

    func finish(_ exchange: Exchange) {
        exchange.record.ended = .now()
        exchange.record.requestBodyBytes = exchange.requestBody.byteCount
        exchange.record.responseBodyBytes = exchange.responseBody.byteCount
        worker.close(exchange, direction, peer)
    }
}
