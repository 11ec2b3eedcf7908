import Bytes
import EventLoop
import HTTP
import HTTP2

/// How the streaming part of an exchange ended.
enum RelayEnd {
    case complete
    /// 101 or a CONNECT that was accepted: from here on bytes are only carried.
    case tunnel
    /// A reused connection turned out to be closed before the request had any effect; it may be sent again.
    case staleConnection
    case failed(FailureReason)
}

/// One step of one of the three movements of an exchange.
enum RelayStep {
    case moved, stuck
    /// Moved all that it will before something wakes it.
    case settled
    case ended(RelayEnd)
}

extension ClientConnection {
    /// Streams both bodies at once, each with backpressure, until the response has been handed over; `relayEnded` follows.
    func relay(_ slot: ExchangeSlot) {
        var rounds = Limits.pumpRoundsMax
        while rounds > 0 {
            var limit: TimeLimit?
            switch move(&slot.exchange, &rounds, limit: &limit) {
            case .ended(let end): return relayEnded(slot, end)
            case .moved: break
            case .settled, .stuck:
                guard canMove(slot, before: limit) else { return }
            }
        }
        // Others have their turn.
        rest = .relay(slot, .internal)
        waiter.callSoon(self)
    }

    /// Moves on until nothing moves or no round is left.
    /// - Parameter limit: set when nothing moves: how long that may last.
    private func move(_ exchange: inout Exchange, _ rounds: inout Int, limit: inout TimeLimit?) -> RelayStep {
        // Taken out meanwhile: what is lent from an exchange that is lent itself would be counted anew for each look at it.
        guard let upstream = exchange.upstream.take() else { return .ended(.failed(.internal)) }
        defer { exchange.upstream = upstream }
        while rounds > 0 {
            rounds -= 1
            let step = pump(&exchange, upstream)
            switch step {
            case .ended: return step
            case .moved: exchange.lastMoved = worker.loop.now
            case .settled, .stuck:
                limit = timeLimit(of: &exchange)
                return step
            }
        }
        return .moved
    }

    /// Rests, unless something has woken it already. - Returns: whether to go on now.
    private func canMove(_ slot: ExchangeSlot, before limit: TimeLimit?) -> Bool {
        // A FIN may come from a client that has said all and waits (conformance K11); a reset does not (K13).
        if socket.isHungUp {
            relayEnded(slot, .failed(.clientClosed))
            return false
        }
        rest = .relay(slot, limit?.reason ?? .internal)
        switch waiter.rest(until: limit?.deadline, self) {
        case nil: return false
        case .event?: return true
        case .deadline?:
            relayEnded(slot, .failed(limit?.reason ?? .internal))
            return false
        }
    }

    private func pump(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        let sent = sendRequest(&exchange, upstream)
        if case .ended = sent { return sent }
        let received = receiveResponse(&exchange, upstream)
        if case .ended = received { return received }
        let answered = sendResponse(&exchange, upstream)
        if case .ended = answered { return answered }
        switch (sent, received, answered) {
        case (.stuck, .stuck, .stuck): return .stuck
        case (.moved, _, _), (_, .moved, _), (_, _, .moved): return .moved
        default:
            exchange.lastMoved = worker.loop.now
            return .settled
        }
    }

    // MARK: Client → upstream

    private func sendRequest(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        if exchange.requestSent != nil, exchange.upstreamOutput.isEmpty, exchange.requestBody.isComplete {
            return .stuck
        }
        guard !exchange.upstreamRefusesBody else { return .stuck }
        var hasMoved = false
        if !exchange.requestBody.isComplete {
            filling: while true {
                switch fillRequest(&exchange) {
                case .stuck: break filling
                case .moved: hasMoved = true
                case let end: return end
                }
                // The same for a small body of a request.
                if !socket.isStream || exchange.requestBody.isComplete { break }
            }
        }
        guard !exchange.upstreamOutput.isEmpty else {
            if exchange.requestBody.isComplete { return requestSent(&exchange, upstream) }
            return hasMoved ? .moved : .stuck
        }
        switch upstream.socket.write(from: &exchange.upstreamOutput) {
        case .bytes:
            guard exchange.requestBody.isComplete, exchange.upstreamOutput.isEmpty else { return .moved }
            return requestSent(&exchange, upstream)
        case .wouldBlock, .end: return hasMoved ? .moved : .stuck
        case .failed:
            // What it had to say against the request may already be on its way.
            exchange.upstreamRefusesBody = true
            exchange.mustCloseClient = true
            return .moved
        }
    }

    private func requestSent(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        exchange.requestSent = worker.loop.now
        if let stream = upstream.socket.stream { exchange.requestBody.finish(stream, from: socket.stream) }
        return .settled
    }

    private func fillRequest(_ exchange: inout Exchange) -> RelayStep {
        switch exchange.requestBody.move(from: &exchange.clientInput, to: &exchange.upstreamOutput) {
        case .complete:
            return worker.isBodyAllowed(exchange.requestBody.byteCount) ? .moved : .ended(.failed(.bodyTooLarge))
        case .outputFull: return .stuck
        case .failed(let error): return .ended(.failed(error.requestReason))
        case .needsInput: break
        }
        guard worker.isBodyAllowed(exchange.requestBody.byteCount) else { return .ended(.failed(.bodyTooLarge)) }
        switch read(socket, into: &exchange.clientInput) {
        case .bytes: return .moved
        case .wouldBlock: return .stuck
        case .end:
            let isProper = exchange.requestBody.inputEnded(
                output: &exchange.upstreamOutput, trailersOf: socket.stream)
            return isProper ? .moved : .ended(.failed(.clientClosed))
        case .failed: return .ended(.failed(.clientClosed))
        }
    }

    // MARK: Upstream → client

    private func receiveResponse(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        switch exchange.phase {
        case .awaitingResponse: receiveHead(&exchange, upstream)
        case .respondingBody: receiveBody(&exchange, upstream)
        case .requestHead, .tunnel: .stuck
        }
    }

    private func receiveHead(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        if upstream.socket.isStream { return receiveStreamHead(&exchange, upstream) }
        let hadBytes = !exchange.upstreamInput.isEmpty
        if hadBytes {
            if takeWhole(&exchange) { return headReceived(&exchange, upstream) }
            switch exchange.responseScanner.scan(exchange.upstreamInput) {
            case .complete(let byteCount): return acceptHead(&exchange, upstream, byteCount)
            case .failed(let error): return .ended(.failed(error.responseReason))
            case .needMore: break
            }
        }
        switch read(upstream.socket, into: &exchange.upstreamInput) {
        case .bytes: return receiveHead(&exchange, upstream)
        case .wouldBlock: return .stuck
        case .end where hadBytes: return .ended(.failed(.upstreamInvalidResponse))
        case .end: return .ended(lostBeforeResponse(&exchange, upstream, .upstreamClosed))
        case .failed where hadBytes: return .ended(.failed(.upstreamReset))
        case .failed: return .ended(lostBeforeResponse(&exchange, upstream, .upstreamReset))
        }
    }

    /// A connection from the pool may have been closed by the server while the request was on its way (conformance
    /// K14): the request may be sent again when the server cannot have acted on it twice.
    private func lostBeforeResponse(
        _ exchange: inout Exchange, _ upstream: UpstreamConnection, _ reason: FailureReason
    ) -> RelayEnd {
        let canRepeat =
            upstream.isReused && exchange.request.method.isIdempotent
            && exchange.request.framing == .none && exchange.interimCount == 0
        return canRepeat ? .staleConnection : .failed(reason)
    }

    /// - Returns: whether all of the head has come, and nothing is wrong with it.
    private func takeWhole(_ exchange: inout Exchange) -> Bool {
        guard exchange.responseScanner.isFresh else { return false }
        let byteCount = exchange.response.parseWhole(
            exchange.upstreamInput, for: exchange.forwardedMethod, limits: worker.settings.http)
        guard let byteCount else { return false }
        exchange.upstreamInput.consume(byteCount)
        return true
    }

    private func acceptHead(
        _ exchange: inout Exchange, _ upstream: UpstreamConnection, _ byteCount: Int
    ) -> RelayStep {
        let failure = exchange.response.parse(
            exchange.upstreamInput, byteCount, for: exchange.forwardedMethod, limits: worker.settings.http)
        if let error = failure {
            return .ended(.failed(error.responseReason))
        }
        exchange.upstreamInput.consume(byteCount)
        exchange.responseScanner.reset()
        return headReceived(&exchange, upstream)
    }

    func headReceived(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        if exchange.response.status == 101 { return switchProtocols(&exchange) }
        if exchange.response.isInterim { return forwardInterim(&exchange) }
        exchange.record.responded = .now()
        exchange.record.status = exchange.response.status
        guard worker.writeResponse(&exchange, direction, from: upstream.socket, to: socket.stream) else {
            return .ended(.failed(.upstreamTooLarge))
        }
        exchange.phase = .respondingBody
        guard upstream.socket.isStream else { return moveBody(&exchange) ?? .moved }
        // What the stream holds costs no system call to read: a small body leaves with its head.
        while true {
            switch receiveBody(&exchange, upstream) {
            case .moved: continue
            case .stuck, .settled: return .moved
            case .ended(let end): return .ended(end)
            }
        }
    }

    private func forwardInterim(_ exchange: inout Exchange) -> RelayStep {
        exchange.interimCount += 1
        guard exchange.interimCount <= Limits.interimResponsesMax else {
            return .ended(.failed(.upstreamInvalidResponse))
        }
        if exchange.request.versionMinor >= 1 { worker.writeInterim(&exchange, direction, to: socket.stream) }
        return .moved
    }

    private func switchProtocols(_ exchange: inout Exchange) -> RelayStep {
        guard exchange.response.switchesAsAsked(by: exchange.request, key: exchange.webSocketKey) else {
            return .ended(.failed(.upstreamInvalidResponse))
        }
        exchange.record.responded = .now()
        exchange.record.status = 101
        worker.writeInterim(&exchange, direction, to: socket.stream)
        exchange.phase = .tunnel
        return .ended(.tunnel)
    }

    private func receiveBody(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        if let step = moveBody(&exchange) { return step }
        switch read(upstream.socket, into: &exchange.upstreamInput) {
        case .bytes: return .moved
        case .wouldBlock: return .stuck
        case .failed:
            return .ended(.failed(upstream.socket.stream?.end?.upstreamReason ?? .upstreamReset))
        case .end:
            let isProper = exchange.responseBody.inputEnded(
                output: &exchange.clientOutput, trailersOf: upstream.socket.stream)
            return isProper ? .moved : .ended(.failed(.upstreamClosed))
        }
    }

    /// Moves what has been read of the body, so that a head and a small body leave in one write.
    /// - Returns: nil when more must be read first.
    private func moveBody(_ exchange: inout Exchange) -> RelayStep? {
        switch exchange.responseBody.move(from: &exchange.upstreamInput, to: &exchange.clientOutput) {
        case .needsInput: nil
        case .complete, .outputFull: .stuck
        case .failed(let error): .ended(.failed(error.responseReason))
        }
    }

    // MARK: To the client

    private func sendResponse(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        if exchange.clientOutput.isEmpty { return isAnswered(&exchange) ? answered(&exchange, upstream) : .stuck }
        switch socket.write(from: &exchange.clientOutput) {
        case .bytes:
            if exchange.phase == .respondingBody { exchange.hasAnswered = true }
            return isAnswered(&exchange) ? answered(&exchange, upstream) : .moved
        case .wouldBlock, .end: return .stuck
        case .failed: return .ended(.failed(.clientClosed))
        }
    }

    private func answered(_ exchange: inout Exchange, _ upstream: UpstreamConnection) -> RelayStep {
        if let stream = socket.stream {
            exchange.responseBody.finish(stream, from: upstream.socket.stream)
        }
        return .ended(.complete)
    }

    private func isAnswered(_ exchange: inout Exchange) -> Bool {
        exchange.phase == .respondingBody && exchange.responseBody.isComplete && exchange.clientOutput.isEmpty
    }

    /// Reads with as much room as the stream has shown to need.
    private func read(_ source: Channel, into buffer: inout ByteBuffer) -> IOResult {
        let result = source.read(
            into: &buffer, minimum: Limits.bufferBytes / 4, maximum: Limits.streamingBufferBytes)
        if case .bytes(let count) = result, count >= Limits.bufferBytes, buffer.capacity < Limits.streamingBufferBytes {
            buffer.reserve(Limits.streamingBufferBytes)
        }
        return result
    }

    // MARK: Time limits

    // A stream of gRPC may rest for as long as both sides like; the call's own deadline is its limit.

    private typealias TimeLimit = (deadline: MonotonicTime, reason: FailureReason)

    /// The limit that the exchange breaks first if nothing moves any more.
    private func timeLimit(of exchange: inout Exchange) -> TimeLimit? {
        var limit: TimeLimit?
        if exchange.phase == .awaitingResponse, let sent = exchange.requestSent {
            let nanoseconds = worker.settings.responseNanoseconds
            if nanoseconds > 0, !exchange.isGRPC {
                limit = (sent.advanced(byNanoseconds: nanoseconds), .responseTimeout)
            }
        } else if worker.settings.bodyIdleNanoseconds > 0, !exchange.isGRPC {
            let nanoseconds = worker.settings.bodyIdleNanoseconds
            limit = (exchange.lastMoved.advanced(byNanoseconds: nanoseconds), stallReason(of: &exchange))
        }
        guard worker.settings.requestNanoseconds > 0 || exchange.callerDeadline != nil else { return limit }
        let end = requestEnd(of: &exchange)
        if let limit, limit.deadline < end { return limit }
        return (end, .requestTimeout)
    }

    /// When the time for the whole exchange is over.
    func requestEnd(of exchange: inout Exchange) -> MonotonicTime {
        let limit = worker.settings.requestNanoseconds
        let end =
            limit > 0 ? exchange.record.started.advanced(byNanoseconds: limit) : MonotonicTime(nanoseconds: .max)
        return exchange.callerDeadline.map { min($0, end) } ?? end
    }

    /// Whom an exchange waits for whose bodies do not move.
    private func stallReason(of exchange: inout Exchange) -> FailureReason {
        if !exchange.clientOutput.isEmpty { return .clientTimeout }
        if exchange.phase == .awaitingResponse, !exchange.requestBody.isComplete, exchange.upstreamOutput.isEmpty {
            return .clientTimeout
        }
        return .responseTimeout
    }
}
