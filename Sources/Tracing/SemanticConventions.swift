/// Fills spans by the OpenTelemetry semantic conventions for HTTP 1.44, the stable part, and Martlet's own attributes.
public enum SemanticConventions {
    /// The span of a finished exchange.
    /// - Parameter verdict: `recordError` marks a span that was kept though its trace is not sampled.
    public static func span(
        for exchange: HTTPExchangeSummary, context: TraceContext, startUnixNanoseconds: UInt64,
        durationNanoseconds: UInt64, verdict: Sampler.Verdict = .record
    ) -> SpanRecord {
        let method = KnownMethod(exchange.method)
        var record = SpanRecord(
            context: context, kind: exchange.direction == .inbound ? .server : .client,
            name: rpcName(exchange) ?? name(method, exchange.routeTemplate), startUnixNanoseconds: startUnixNanoseconds,
            endUnixNanoseconds: startUnixNanoseconds &+ durationNanoseconds)
        var attributes = AttributeList()
        method.describe(exchange.method, in: &attributes)
        switch exchange.direction {
        case .inbound: describeServer(exchange, in: &attributes)
        case .outbound: describeClient(exchange, in: &attributes)
        }
        attributes.add(.networkPeerAddress, exchange.peerAddress)
        attributes.add(.networkPeerPort, exchange.peerPort)
        attributes.add(.martletPeerID, exchange.peerID)
        attributes.add(.networkProtocolVersion, exchange.protocolVersion)
        attributes.add(.httpResponseStatusCode, exchange.status)
        if let call = exchange.call {
            attributes.add(.rpcSystemName, "grpc")
            attributes.add(.rpcMethod, String(exchange.path.dropFirst()))
            attributes.add(.rpcResponseStatusCode, call.status)
        }
        attributes.add(.martletDirection, exchange.direction.rawValue)
        attributes.add(.martletRoute, exchange.routeName)
        attributes.add(.martletReason, exchange.reason)
        if let type = errorType(exchange) {
            record.status = .error
            attributes.add(.errorType, type)
        }
        if verdict == .recordError { attributes.add(.martletSamplingKept, "error") }
        record.attributes = attributes.items
        return record
    }

    /// Whether the span would have status ERROR: what `Sampler.verdict` wants to know.
    public static func hasFailed(_ exchange: HTTPExchangeSummary) -> Bool { errorType(exchange) != nil }

    /// error.type, or `nil` for a span that did not fail.
    ///
    /// A client span fails with every 4xx and 5xx, a server span only with 5xx: 4xx is the caller's mistake. A reason
    /// that is the server's fault fails the span whatever the status says, since a body may break off after a 200. A
    /// caller that goes away fails nothing here.
    private static func errorType(_ exchange: HTTPExchangeSummary) -> String? {
        if let reason = exchange.reason {
            switch exchange.fault {
            case .server: return reason
            case .caller: return nil
            }
        }
        if let call = exchange.call, call.status != "OK" {
            return exchange.direction == .outbound || call.isServerFailure ? call.status : nil
        }
        let firstFailure = exchange.direction == .inbound ? 500 : 400
        guard let status = exchange.status, status >= firstFailure else { return nil }
        return String(status)
    }

    /// The method of a call names its span, unless nobody implements it: anybody may send such names.
    private static func rpcName(_ exchange: HTTPExchangeSummary) -> String? {
        guard let call = exchange.call else { return nil }
        return call.status == "UNIMPLEMENTED" ? "grpc" : String(exchange.path.dropFirst())
    }

    /// Never the raw path: only a template has few values.
    private static func name(_ method: KnownMethod, _ route: String?) -> String {
        guard let route, !route.isEmpty else { return method.spanName }
        var name = ""
        name.reserveCapacity(method.spanName.utf8.count + 1 + route.utf8.count)
        name += method.spanName
        name += " "
        name += route
        return name
    }

    private static func describeServer(_ exchange: HTTPExchangeSummary, in attributes: inout AttributeList) {
        attributes.add(.urlPath, exchange.path)
        attributes.add(.urlScheme, exchange.scheme)
        attributes.add(.urlQuery, exchange.query.map(URLRedaction.query))
        attributes.add(.httpRoute, exchange.routeTemplate)
        let authority = exchange.host.map(Authority.init)
        attributes.add(.serverAddress, authority?.name)
        attributes.add(.serverPort, authority?.port)
        attributes.add(.clientAddress, exchange.clientAddress ?? exchange.peerAddress)
        attributes.add(.userAgentOriginal, exchange.userAgent)
    }

    private static func describeClient(_ exchange: HTTPExchangeSummary, in attributes: inout AttributeList) {
        // Address and port are required; without a host the peer stands in for it.
        let authority = exchange.host.map(Authority.init)
        attributes.add(.serverAddress, authority?.name ?? exchange.peerAddress)
        attributes.add(
            .serverPort, authority?.port ?? (authority == nil ? exchange.peerPort : nil) ?? defaultPort(exchange.scheme)
        )
        attributes.add(.urlFull, URLRedaction.full(exchange))
        if exchange.resendCount > 0 { attributes.add(.httpRequestResendCount, exchange.resendCount) }
        attributes.add(.servicePeerName, exchange.destinationService)
    }

    private static func defaultPort(_ scheme: String) -> Int { scheme == "https" ? 443 : 80 }
}

/// http.request.method: the methods of RFC 9110, PATCH (RFC 5789) and QUERY; anything else is `_OTHER`.
private struct KnownMethod {
    /// `nil` for an unknown one.
    private let name: String?

    init(_ method: String) {
        switch method {
        case "GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "QUERY": name = method
        default: name = nil
        }
    }

    var spanName: String { name ?? "HTTP" }

    func describe(_ original: String, in attributes: inout AttributeList) {
        attributes.add(.httpRequestMethod, name ?? "_OTHER")
        if name == nil { attributes.add(.httpRequestMethodOriginal, original) }
    }
}

/// Attributes in the making: absent values are left out, text is cut to the limit.
private struct AttributeList {
    private(set) var items: [SpanAttribute] = []

    init() { items.reserveCapacity(16) }

    mutating func add(_ key: AttributeKey, _ text: String?) {
        guard let text, !text.isEmpty else { return }
        items.append(SpanAttribute(key, .string(text.shortened(to: TracingLimits.attributeTextBytes))))
    }

    mutating func add(_ key: AttributeKey, _ number: Int?) {
        if let number { items.append(SpanAttribute(key, .integer(Int64(number)))) }
    }
}

extension String {
    /// Cut at a character boundary, so that what is left is valid UTF-8.
    fileprivate func shortened(to byteCount: Int) -> String {
        guard utf8.count > byteCount else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: byteCount)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
