package import MetricsExporter

/// Golden signals from every received span, before any joining or sampling: traffic, errors, latency and saturation per
/// service and operation, and the same per edge. One owner, the ingest thread, writes the cells (shard 0).
package struct GoldenSignals {
    private var names: SignalNames
    private var operations: OperationSignals
    private var edges: EdgeSignals
    private var pairing: EdgePairing
    private var concurrency: ServiceConcurrency
    private let unpaired: CounterCell
    private let dropped: CounterCell

    /// Registers its families. - Throws: when one is registered already.
    package init(_ registry: Registry, limits: SignalLimits = SignalLimits()) throws(RegistryError) {
        names = SignalNames(limits: limits)
        operations = try OperationSignals(registry, limits: limits)
        edges = try EdgeSignals(registry, limits: limits)
        pairing = EdgePairing(limits: limits)
        concurrency = try ServiceConcurrency(registry, limits: limits)
        unpaired = try registry.counter(MetricName.serviceGraphUnpaired).cell(shard: 0)
        dropped = try registry.counter(MetricName.serviceGraphDropped).cell(shard: 0)
    }

    /// - Parameters:
    ///   - bytes: the request body that the batch's ranges point into.
    ///   - now: nanoseconds of any clock that never goes back.
    package mutating func record(_ batch: SpanBatch, _ bytes: Span<UInt8>, now: UInt64) {
        var scope = UInt32.max
        var service = 0
        for index in batch.spans.indices {
            let span = batch.spans[index]
            if span.scope != scope {
                scope = span.scope
                let range = batch.resources[batch.scopes[Int(scope)].resource].serviceName
                service = range.isEmpty ? SignalNames.unknownService : names.id(bytes, range)
            }
            operations.record(span, service: service, name: names.id(bytes, span.name), names: names)
            recordEdge(span, service: service, bytes, now: now)
        }
    }

    /// Moves windows and time limits; call it about once a second.
    package mutating func advance(to now: UInt64) {
        concurrency.advance(to: now)
        pairing.expire(now: now) { edges.record($0, names: names) }
        let lost = pairing.takeLosses()
        unpaired.add(lost.unpaired)
        dropped.add(lost.overflow)
    }

    private mutating func recordEdge(_ span: SpanRecord, service: Int, _ bytes: Span<UInt8>, now: UInt64) {
        switch span.kind {
        case .internal, .unspecified:
            return
        case .server:
            concurrency.record(span, service: service, names: names, now: now)
            if span.parentID == 0 { return recordRoot(span, service: service, bytes) }
        case .client where span.isDatabase:
            return recordDatabase(span, service: service, bytes)
        case .client, .producer, .consumer:
            break
        }
        let peer = span.peerRank == .none ? -1 : names.id(bytes, span.peer)
        if let call = pairing.insert(span, service: service, peer: peer, now: now) { edges.record(call, names: names) }
    }

    /// A root has no client span: whoever called is outside of what is traced.
    private mutating func recordRoot(_ span: SpanRecord, service: Int, _ bytes: Span<UInt8>) {
        let client = span.peerRank == .service ? names.id(bytes, span.peer) : SignalNames.user
        edges.record(
            ServiceCall(
                client: client, server: service, type: .virtualNode, hasFailed: span.status == .error,
                clientNanoseconds: nil, serverNanoseconds: span.duration, exemplar: Exemplar(span)), names: names)
    }

    private mutating func recordDatabase(_ span: SpanRecord, service: Int, _ bytes: Span<UInt8>) {
        let server = span.peerRank == .none ? SignalNames.database : names.id(bytes, span.peer)
        edges.record(
            ServiceCall(
                client: service, server: server, type: .database, hasFailed: span.status == .error,
                clientNanoseconds: span.duration, serverNanoseconds: nil, exemplar: Exemplar(span)), names: names)
    }
}
