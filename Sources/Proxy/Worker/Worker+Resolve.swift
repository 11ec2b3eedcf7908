import Bytes
import EventLoop
import HTTP
import Tracing

extension Worker {
    /// Finds the target and route of a request, and with them its metric cells.
    /// - Parameter original: where the client meant to connect to, when the packet filter has redirected it here.
    /// - Returns: nil, or why the request is refused.
    func resolve(
        _ exchange: inout Exchange, _ direction: Direction, meantFor original: SocketAddress?
    ) -> FailureReason? {
        if let reason = forbidden(exchange.request, &exchange.via, direction) { return reason }
        let state =
            switch direction {
            case .inbound: original.map { routing.target(at: $0, .inbound) } ?? routing.inbound
            case .outbound:
                routing.target(host: exchange.request[exchange.request.host])
                    ?? original.flatMap { routing.target(at: $0, .outbound) }
            }
        guard let state else { return unresolved(direction, meantFor: original) }
        if state.hasRoutes {
            exchange.canonicalPath = canonicalPath(of: exchange.request)
            book(&exchange, state.cells(for: exchange.request, path: exchange.canonicalPath))
        } else {
            book(&exchange, state.defaultCells)
        }
        exchange.target = state
        return nil
    }

    private func unresolved(_ direction: Direction, meantFor original: SocketAddress?) -> FailureReason {
        if original != nil { return .overload }
        // It was meant for this proxy itself, and nothing says where else it could go.
        return settings.isTransparent && direction == .outbound ? .loopDetected : .noRoute
    }

    /// Routes are decided by the canonical path, and that same path is forwarded: otherwise the server could read it as
    /// another one than we did (conformance L15).
    private func canonicalPath(of request: borrowing RequestHead) -> [UInt8]? {
        let path = request[request.target.path]
        guard CanonicalPath.mayDiffer(from: path) else { return nil }
        var canonical: [UInt8] = []
        _ = CanonicalPath.write(path, into: &canonical)
        return canonical
    }

    /// Books a request that no target takes: every request that was read is counted once.
    func bookUnrouted(_ exchange: inout Exchange, _ direction: Direction) {
        if exchange.cells == nil { book(&exchange, routing.unroutedCells(direction)) }
    }

    private func book(_ exchange: inout Exchange, _ cells: RouteCells) {
        let cells = cells.cells(ofClient: exchange.client, clients)
        cells.began()
        exchange.cells = cells
    }

    private func forbidden(
        _ request: borrowing RequestHead, _ via: inout ViaMemory, _ direction: Direction
    ) -> FailureReason? {
        if request.method == .connect, !request.isExtendedConnect,
            !settings.connectPorts.contains(request.hostPort ?? 0)
        {
            return .connectForbidden
        }
        if settings.refusesHostMismatch, request.isHostOverridden { return .badRequest }
        if case .length(let byteCount) = request.framing, !isBodyAllowed(byteCount) { return .bodyTooLarge }
        guard request.fields.present.contains(.via), !via.holds(request) else { return nil }
        if request.viaNames(settings.pseudonym(direction).rawBytes) { return .loopDetected }
        // An exchange serves both sides by turns: only what names neither is kept.
        if !request.viaNames(settings.pseudonym(direction.opposite).rawBytes) { via.keep(request) }
        return nil
    }

    /// Continues the caller's trace or starts one; without a collector the headers are still continued.
    func startTrace(_ exchange: inout Exchange) {
        exchange.record.trace = TraceContext(
            continuing: exchange.request.traceContext(precedence: settings.precedence), sampler: settings.sampler,
            ids: &ids)
    }
}
