import Bytes
import EventLoop
import HTTP
import Tracing

extension Worker {
    /// Finds the target and route of a request, and with them its metric cells.
    /// - Returns: nil, or why the request is refused.
    func resolve(_ exchange: inout Exchange, _ direction: Direction) -> FailureReason? {
        if let reason = forbidden(exchange.request) { return reason }
        let state =
            switch direction {
            case .inbound: routing.inbound
            case .outbound: routing.target(host: exchange.request[exchange.request.host])
            }
        guard let state else { return .noRoute }
        exchange.target = state
        let request = exchange.request.target
        book(&exchange, state.cells(
            method: exchange.request[exchange.request.methodRange], path: exchange.request[request.path]))
        return nil
    }

    /// Books a request that no target takes: every request that was read is counted once.
    func bookUnrouted(_ exchange: inout Exchange, _ direction: Direction) {
        if exchange.cells == nil { book(&exchange, routing.unroutedCells(direction)) }
    }

    private func book(_ exchange: inout Exchange, _ cells: RouteCells) {
        exchange.cells = cells
        cells.began()
    }

    private func forbidden(_ request: borrowing RequestHead) -> FailureReason? {
        if request.method == .connect, !settings.connectPorts.contains(request.hostPort ?? 0) {
            return .connectForbidden
        }
        return hasPassedHere(request) ? .loopDetected : nil
    }

    /// RFC 9110 §7.6.3: our own pseudonym in Via means that the request came round (conformance V7).
    private func hasPassedHere(_ request: borrowing RequestHead) -> Bool {
        guard request.fields.present.contains(.via) else { return false }
        for index in 0..<request.fields.count where request.fields[index].name == .via {
            if request[request.fields[index].valueRange].containsToken(settings.viaPseudonym) { return true }
        }
        return false
    }

    /// Continues the caller's trace or starts one; without a collector the headers are still continued.
    func startTrace(_ exchange: inout Exchange) {
        exchange.record.trace = TraceContext(
            continuing: exchange.request.traceContext(precedence: settings.precedence), sampler: settings.sampler,
            ids: &ids)
    }
}

extension RawSpan {
    /// Whether `token` stands in a list value, bounded by the delimiters of RFC 9110 §5.6.2.
    func containsToken(_ token: [UInt8]) -> Bool {
        guard token.count <= byteCount else { return false }
        for start in 0...(byteCount - token.count) where isBoundary(start - 1) && isBoundary(start + token.count) {
            var matched = 0
            while matched < token.count, self[start + matched] == token[matched] { matched += 1 }
            if matched == token.count { return true }
        }
        return false
    }

    private func isBoundary(_ offset: Int) -> Bool {
        guard offset >= 0, offset < byteCount else { return true }
        let byte = self[offset]
        return byte == UInt8(ascii: " ") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\t")
    }
}
