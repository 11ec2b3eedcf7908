import Bytes
import EventLoop
import HTTP
import Tracing

extension Worker {
    /// Finds the target and route of a request, and with them its metric cells.
    /// - Returns: nil, or why the request is refused.
    func resolve(_ exchange: inout Exchange, _ direction: Direction) -> FailureReason? {
        if let reason = forbidden(exchange.request, direction) { return reason }
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

    private func forbidden(_ request: borrowing RequestHead, _ direction: Direction) -> FailureReason? {
        if request.method == .connect, !settings.connectPorts.contains(request.hostPort ?? 0) {
            return .connectForbidden
        }
        if settings.refusesHostMismatch, request.isHostOverridden { return .badRequest }
        // RFC 9110 §7.6.3: this side's own pseudonym means that the request came round (conformance V7).
        return request.viaNames(settings.viaPseudonym(direction).rawBytes) ? .loopDetected : nil
    }

    /// Continues the caller's trace or starts one; without a collector the headers are still continued.
    func startTrace(_ exchange: inout Exchange) {
        exchange.record.trace = TraceContext(
            continuing: exchange.request.traceContext(precedence: settings.precedence), sampler: settings.sampler,
            ids: &ids)
    }
}
