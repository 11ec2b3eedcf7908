import Bytes
import EventLoop
import HTTP
import HTTP2
import TLS
import Tracing

/// The heads that the proxy writes: the request for the upstream, the response for the client, and its own responses.
extension Worker {
    /// Queues the request head for an upstream that speaks HTTP/1.1 and prepares its body.
    /// - Parameter client: where the body comes from.
    func writeRequest(_ exchange: inout Exchange, _ direction: Direction, from client: Channel) {
        if exchange.request.isExtendedConnect, exchange.webSocketKey == nil {
            exchange.webSocketKey = WebSocketAccept.key(of: (ids.next(), ids.next()))
        }
        let trace = exchange.record.trace
        let caller = direction == .inbound ? exchange.record.peerID : nil
        let forwarding = forwarding(of: &exchange, direction)
        HeadWriter.writeRequest(exchange.request, forwarding, to: &exchange.upstreamOutput) { writer in
            trace?.inject { name, value in writer.field(name, writing: value) }
            if let caller { writer.field("Martlet-Client-ID") { $0.append(caller.description) } }
        }
        let framing = exchange.request.framing
        let arriving = Self.arriving(framing, byStream: client.isStream)
        exchange.requestBody.begin(arriving, isChunkedOut: framing == .chunked, limits: settings.http)
    }

    /// Opens a stream of `connection` with the request head and prepares the request's body.
    /// - Returns: nil when the connection takes no further stream.
    func openStream(
        _ exchange: inout Exchange, _ connection: HTTP2Connection, _ direction: Direction, from client: Channel
    ) -> ExchangeStream? {
        let trace = exchange.record.trace
        let caller = direction == .inbound ? exchange.record.peerID : nil
        let saysProtocol = direction == .outbound && connection.isOfMesh && !settings.addsVia
        let isHTTP1 = exchange.request.versionMajor == 1
        let forwarding = forwarding(of: &exchange, direction)
        let stream = connection.open(exchange.request, forwarding, scheme: .http) { block in
            trace?.inject { name, value in block.field(name, writing: value) }
            if let caller { block.field("martlet-client-id") { $0.append(caller.description) } }
            if saysProtocol { block.field("martlet-orig-proto", isHTTP1 ? "HTTP/1.1" : "HTTP/2.0") }
        }
        guard let stream else { return nil }
        let arriving = Self.arriving(exchange.request.framing, byStream: client.isStream)
        exchange.requestBody.begin(arriving, isChunkedOut: false, limits: settings.http)
        if stream.isFinished { exchange.requestSent = loop.now }
        return stream
    }

    private func forwarding(of exchange: inout Exchange, _ direction: Direction) -> RequestForwarding {
        var forwarding = RequestForwarding()
        forwarding.removing = .writtenByProxy
        forwarding.canonicalPath = exchange.canonicalPath
        forwarding.via = via(direction)
        if exchange.request.host.isEmpty { forwarding.defaultHost = exchange.target?.hostBytes ?? [] }
        forwarding.webSocketKey = exchange.webSocketKey
        return forwarding
    }

    /// How a body with this framing comes out of a channel: a stream has taken its framing off.
    private static func arriving(_ framing: BodyFraming, byStream isStream: Bool) -> BodyFraming {
        isStream && framing.hasBody ? .untilClose : framing
    }

    /// Queues the final response head for the client and prepares its body.
    /// - Parameters:
    ///   - upstream: where the body comes from.
    ///   - stream: the client's, where it speaks HTTP/2.
    /// - Returns: false where the client takes no head as large.
    func writeResponse(
        _ exchange: inout Exchange, _ direction: Direction, from upstream: Channel, to stream: ExchangeStream?
    ) -> Bool {
        let framing = exchange.response.framing(forClientMinor: exchange.request.versionMinor)
        let endsAnyway = framing == .untilClose || loop.isDraining
        if endsAnyway || !exchange.request.keepAlive || !exchange.requestBody.isComplete {
            exchange.mustCloseClient = true
        }
        var forwarding = ResponseForwarding()
        forwarding.framing = framing
        forwarding.closes = exchange.mustCloseClient
        // From the mesh the reason of another proxy goes on; the workload itself has none to give.
        if direction == .inbound { forwarding.removing = .martletReason }
        forwarding.via = via(direction)
        forwarding.date = clock.httpDate
        if let stream {
            guard stream.respond(exchange.response, forwarding) else { return false }
            exchange.hasAnswered = true
        } else {
            HeadWriter.writeResponse(exchange.response, forwarding, to: &exchange.clientOutput)
        }
        exchange.responseBody.begin(
            Self.arriving(exchange.response.framing, byStream: upstream.isStream),
            isChunkedOut: framing == .chunked && stream == nil, limits: settings.http)
        return true
    }

    /// Queues a 1xx head as it came.
    func writeInterim(_ exchange: inout Exchange, _ direction: Direction, to stream: ExchangeStream?) {
        var forwarding = ResponseForwarding()
        forwarding.via = via(direction)
        guard stream?.respond(exchange.response, forwarding) == nil else { return }
        HeadWriter.writeResponse(exchange.response, forwarding, to: &exchange.clientOutput)
    }

    /// Queues the proxy's own response for a failure; it always ends the connection.
    func writeFailure(_ exchange: inout Exchange, _ reason: FailureReason, to stream: ExchangeStream?) {
        // Before a response only whole interim ones are queued, of which a part may have left.
        if exchange.phase == .respondingBody { exchange.clientOutput.clear() }
        let text = "martlet: \(reason.explanation) (\(reason.word))\n"
        if let stream, exchange.isGRPC { return writeStatus(of: reason, to: stream) }
        if let stream { return write(reason, text, withBody: exchange.request.method != .head, to: stream) }
        HeadWriter.writeResponse(
            status: reason.status, framing: .length(UInt64(text.utf8.count)), closes: true, date: clock.httpDate,
            to: &exchange.clientOutput
        ) { writer in
            writer.field("Content-Type", "text/plain; charset=utf-8")
            writer.field("Martlet-Reason", reason.word)
            if reason == .connectForbidden { writer.field("Allow", Self.allowedMethods) }
        }
        if exchange.request.method != .head { exchange.clientOutput.append(text) }
    }

    private func write(_ reason: FailureReason, _ text: String, withBody: Bool, to stream: ExchangeStream) {
        let date = clock.httpDate
        stream.respond(hasBody: withBody) { block in
            block.response(status: reason.status, contentLength: UInt64(text.utf8.count), date: date) { block in
                block.field("content-type", "text/plain; charset=utf-8")
                block.field("martlet-reason", reason.word)
                if reason == .connectForbidden { block.field("allow", Self.allowedMethods) }
            }
        }
        guard withBody else { return }
        var body = ByteBuffer()
        body.append(text)
        _ = stream.write(from: &body)
        stream.finish()
    }

    /// Queues the proxy's own answer to a TRACE or OPTIONS that may go no further.
    func writeAnswer(_ exchange: inout Exchange, to stream: ExchangeStream?) {
        var content = ByteBuffer()
        let isTrace = exchange.request.method == .trace
        if isTrace { HeadWriter.writeEcho(exchange.request, to: &content) }
        if let stream {
            let (date, count) = (clock.httpDate, UInt64(content.count))
            stream.respond(hasBody: count > 0) { block in
                block.response(status: 200, contentLength: count, date: date) { block in
                    if isTrace {
                        block.field("content-type", "message/http")
                    } else {
                        block.field("allow", Self.allowedMethods)
                    }
                }
            }
            if count > 0 { _ = stream.write(from: &content) }
            return stream.finish()
        }
        HeadWriter.writeResponse(
            status: 200, framing: .length(UInt64(content.count)), closes: exchange.mustCloseClient,
            date: clock.httpDate, to: &exchange.clientOutput
        ) { writer in
            if exchange.request.method == .trace {
                writer.field("Content-Type", "message/http")
            } else {
                writer.field("Allow", Self.allowedMethods)
            }
        }
        exchange.clientOutput.append(content.bytes)
    }

    private static let allowedMethods: StaticString = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, TRACE"

    /// Queues the answer to a CONNECT whose tunnel stands.
    func writeConnected(_ exchange: inout Exchange) {
        exchange.clientOutput.append("HTTP/1.1 200 Connection established\r\n\r\n")
    }

    private func via(_ direction: Direction) -> [UInt8]? {
        settings.addsVia ? settings.pseudonym(direction) : nil
    }
}
