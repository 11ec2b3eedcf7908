import Discovery
import EventLoop
import GRPC
import HTTP
import TLS
import Tracing

extension SpanRecord {
    /// The span of a finished exchange. Built for sampled or failed exchanges only.
    init(
        of exchange: borrowing Exchange, trace: TraceContext, verdict: Sampler.Verdict, direction: Direction,
        peer: SocketAddress, clock: WallClock
    ) {
        let summary = HTTPExchangeSummary(of: exchange, direction, peer)
        self = SemanticConventions.span(
            for: summary, context: trace, startUnixNanoseconds: clock.unixNanoseconds(exchange.record.started),
            durationNanoseconds: exchange.record.latencyNanoseconds, verdict: verdict)
    }
}

extension RequestHead {
    /// 1.0, 1.1 or 2, as spans and logs name it.
    var versionText: String { versionMajor == 2 ? "2" : versionMinor == 0 ? "1.0" : "1.1" }
}

extension HTTPExchangeSummary {
    fileprivate init(of exchange: borrowing Exchange, _ direction: Proxy.Direction, _ client: SocketAddress) {
        let target = exchange.request.target
        self.init(
            direction: direction == .inbound ? .inbound : .outbound,
            method: exchange.request.text(exchange.request.methodRange), path: exchange.request.text(target.path),
            protocolVersion: exchange.request.versionText)
        call = exchange.record.grpcStatus.map {
            // The conventions count a method that is not there against the server; a success rate does not.
            RPCSummary(status: $0.word.description, isServerFailure: $0.isServerFailure || $0 == .unimplemented)
        }
        query = target.query.map { exchange.request.text($0) }
        host = exchange.request.host.isEmpty ? nil : exchange.request.text(exchange.request.host)
        status = exchange.record.status == 0 ? nil : exchange.record.status
        routeName = exchange.cells?.route
        routeTemplate = exchange.cells?.template
        userAgent = exchange.request.fields.first(of: .userAgent).map { exchange.request.text($0.valueRange) }
        reason = exchange.record.reason?.word.description
        fault = exchange.record.classification == .failure ? .server : .caller
        peerID = exchange.record.peerID?.description
        resendCount = max(exchange.record.attempts - 1, 0)
        switch direction {
        case .inbound:
            peerAddress = client.host
            peerPort = Int(client.port)
        case .outbound:
            destinationService = exchange.target?.target.name
            peerAddress = exchange.record.endpoint?.host
            peerPort = exchange.record.endpoint.map { Int($0.port) }
        }
    }
}
