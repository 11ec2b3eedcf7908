import Bytes
import EventLoop
import HTTP
import HTTP2

// MARK: The client's side

extension ClientConnection {
    /// Carries the request in `slot`, of a stream that a client has opened, when it has its turn.
    /// - Parameter error: why it is none, and is to be refused.
    func take(_ stream: ExchangeStream, _ slot: ExchangeSlot, _ error: HTTPError? = nil) {
        if stream.waiter == nil { stream.waiter = waiter }
        rest = .turn(slot, error)
        waiter.callSoon(self)
    }
}

// MARK: The upstream's side

extension ClientConnection {
    /// Whether a request goes to an endpoint as a stream of a connection that it shares: always within the mesh, but for
    /// what turns its connection into a tunnel; else where the client speaks HTTP/2 itself.
    func carriesStreams(_ exchange: inout Exchange, to pool: EndpointPool) -> Bool {
        guard exchange.request.upgrade == nil, exchange.request.method != .connect else { return false }
        guard pool.streams.isSpoken else { return false }
        return pool.peer != nil || exchange.request.versionMajor == 2 && !cameAsHTTP1(&exchange)
    }

    /// Another proxy of the mesh carries by HTTP/2 what its client sent as HTTP/1.1, and says so: in Via, or in a field of its
    /// own where it writes no Via.
    private func cameAsHTTP1(_ exchange: inout Exchange) -> Bool {
        guard direction == .inbound, socket.peer != nil else { return false }
        guard let said = exchange.request.fields.first(of: .martletOriginalProtocol) else {
            return exchange.via.lastReceivedMajor(of: exchange.request) == 1
        }
        return exchange.request[said.valueRange].starts(with: "HTTP/1")
    }

    /// - Returns: whether a connection to the endpoint takes the request as a stream now, which is attached then.
    func takeStream(_ exchange: inout Exchange, of pool: EndpointPool) -> Bool {
        guard let connection = pool.streams.take(exceptReused: exchange.needsNewConnection),
            let stream = worker.openStream(&exchange, connection, direction, from: socket)
        else { return false }
        attach(stream.upstream(of: pool), to: &exchange)
        return true
    }

    enum StreamOpening {
        case opened
        case failed(FailureReason)
        /// The endpoint does not speak HTTP/2.
        case notSpoken
    }

    /// Sends the request on a stream of a connection to the endpoint, which is opened where there is none.
    func openStream(_ slot: ExchangeSlot, _ pool: EndpointPool) async -> StreamOpening {
        let end = requestEnd(of: &slot.exchange)
        while true {
            if let connection = pool.streams.take(exceptReused: slot.exchange.needsNewConnection) {
                guard let stream = worker.openStream(&slot.exchange, connection, direction, from: socket) else {
                    return .failed(connection.takesStreams ? .headTooLarge : .overload)
                }
                attach(stream.upstream(of: pool), to: &slot.exchange)
                return .opened
            }
            if pool.streams.isOpening {
                pool.streams.waiting.append(waiter)
                if await waiter.wait(until: end) == .deadline { return .failed(.requestTimeout) }
                if socket.isHungUp { return .failed(.clientClosed) }
                if !pool.streams.isOpening, let failure = pool.streams.lastFailure { return .failed(failure) }
            } else {
                guard worker.pendingConnects < worker.settings.pendingMax, !pool.isFull else {
                    return .failed(.overload)
                }
                pool.streams.openingBegan()
                let (channel, failure) = await openChannel(pool, forStreams: true, before: end)
                if let channel { await opened(channel, pool) }
                pool.streams.openingEnded(failure)
                if let failure { return .failed(failure) }
            }
            if !pool.streams.isSpoken { return .notSpoken }
        }
    }

    /// An endpoint without TLS has not said what it speaks; it is taken at its first frame, before a request goes out that
    /// could not be repeated.
    private func opened(_ channel: Channel, _ pool: EndpointPool) async {
        guard pool.peer == nil || channel.applicationProtocol == ApplicationProtocol.http2 else {
            return pool.streams.notSpoken(now: worker.loop.now)
        }
        let connection = HTTP2Connection(
            over: channel, Waiter(loop: worker.loop), direction, worker, owner: .endpoint(pool))
        pool.streamsOpened(connection)
        connection.start()
        guard pool.peer == nil else { return }
        let deadline = worker.loop.now.advanced(byNanoseconds: worker.settings.connectNanoseconds)
        while connection.isOpen && !connection.isConfirmed {
            pool.streams.waiting.append(waiter)
            if await waiter.wait(until: deadline) == .deadline { connection.close() }
        }
    }

    /// Takes the next response head that has come by `upstream`, which is a stream.
    func receiveStreamHead(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        if upstream.socket.takeHead(into: &exchange.response) { return headReceived(&exchange, upstream) }
        guard let end = upstream.socket.streamEnd else { return .stuck }
        let reason = end.upstreamReason ?? .upstreamClosed
        // The body may have gone to the stream already; what came before it has had no effect.
        let isWhole = exchange.requestBody.byteCount == 0 && !exchange.needsNewConnection
        if isWhole && exchange.interimCount == 0 {
            if end.isSafeToRetry { return .ended(.staleConnection) }
            if end == .connectionEnded && exchange.request.method.isIdempotent && exchange.request.framing == .none
                && upstream.socket.stream?.connection.streamCount ?? 0 > 1
            {
                return .ended(.staleConnection)
            }
        }
        return .ended(.failed(reason))
    }
}
