import Bytes
import EventLoop
import HTTP
import TLS
import Tracing

/// The heads that the proxy writes: the request for the upstream, the response for the client, and its own responses.
extension Worker {
    /// Queues the request head for the upstream and prepares its body.
    func writeRequest(_ exchange: inout Exchange, _ direction: Direction) {
        var forwarding = RequestForwarding()
        forwarding.removing = .writtenByProxy
        forwarding.canonicalPath = exchange.canonicalPath
        forwarding.via = via(direction)
        forwarding.defaultHost = exchange.target?.hostBytes ?? []
        let trace = exchange.record.trace
        let client = direction == .inbound ? exchange.record.peerID : nil
        HeadWriter.writeRequest(exchange.request, forwarding, to: &exchange.upstreamOutput) { writer in
            writer.lines { trace?.inject(into: &$0) }
            if let client { writer.field("Martlet-Client-ID") { $0.append(client.description) } }
        }
        let framing = exchange.request.framing
        exchange.requestBody.begin(framing, isChunkedOut: framing == .chunked)
    }

    /// Queues the final response head for the client and prepares its body.
    func writeResponse(_ exchange: inout Exchange, _ direction: Direction) {
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
        HeadWriter.writeResponse(exchange.response, forwarding, to: &exchange.clientOutput)
        exchange.responseBody.begin(exchange.response.framing, isChunkedOut: framing == .chunked)
    }

    /// Queues a 1xx head as it came.
    func writeInterim(_ exchange: inout Exchange, _ direction: Direction) {
        var forwarding = ResponseForwarding()
        forwarding.via = via(direction)
        HeadWriter.writeResponse(exchange.response, forwarding, to: &exchange.clientOutput)
    }

    /// Queues the proxy's own response for a failure; it always ends the connection.
    func writeFailure(_ exchange: inout Exchange, _ reason: FailureReason) {
        // Before a response only whole interim ones are queued, of which a part may have left.
        if exchange.phase == .respondingBody { exchange.clientOutput.clear() }
        let text = "martlet: \(reason.explanation) (\(reason.word))\n"
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

    /// Queues the proxy's own answer to a TRACE or OPTIONS that may go no further.
    func writeAnswer(_ exchange: inout Exchange) {
        var content = ByteBuffer()
        if exchange.request.method == .trace { HeadWriter.writeEcho(exchange.request, to: &content) }
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
