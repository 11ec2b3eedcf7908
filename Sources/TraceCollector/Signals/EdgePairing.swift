import MetricsExporter

/// Finds the two spans of one call: a client's (or producer's) by its own id, a server's (or consumer's) by its
/// parent's, whichever comes first (tracing reference §8.3).
///
/// ```
/// one side ──other side──▶ paired (remembered 2 s) ──▶ forgotten
///    └──────10 s──────────▶ alone: virtual node, or unpaired
/// ```
struct EdgePairing {
    private struct Entry {
        var first: UInt64
        var second: UInt64
        var due: UInt64
        var client = -1
        var server = -1
        /// What a client span calls the other side; -1 when it does not.
        var peer = -1
        var isPaired = false
        var call: ServiceCall
    }

    private let limits: SignalLimits
    private var table = PairTable(initialCapacity: 4096)
    private var entries: [Entry] = []
    private var free: [Int] = []
    private var waiting = SlotList()
    private var remembered = SlotList()
    private var losses = Losses()

    /// Halves that found no room, and halves that stayed alone and say nothing of the other side.
    struct Losses: Equatable {
        var overflow: UInt64 = 0
        var unpaired: UInt64 = 0
    }

    init(limits: SignalLimits) { self.limits = limits }

    var pendingCount: Int { table.count }

    /// - Parameter peer: the interned name that the span gives the other side, or -1.
    /// - Returns: the call, once both sides are known.
    mutating func insert(_ span: SpanRecord, service: Int, peer: Int, now: UInt64) -> ServiceCall? {
        let isClient = span.kind == .client || span.kind == .producer
        guard isClient || span.parentID != 0 else { return nil }
        let (first, second) = (span.trace.high ^ span.trace.low, isClient ? span.spanID : span.parentID)
        guard let slot = table.value(first, second) ?? open(first, second, span, now: now) else {
            losses.overflow += 1
            return nil
        }
        guard !entries[slot].isPaired else { return nil }
        note(span, isClient: isClient, service: service, peer: peer, in: slot)
        guard entries[slot].client >= 0, entries[slot].server >= 0 else { return nil }
        entries[slot].isPaired = true
        entries[slot].due = now &+ limits.rememberNanoseconds
        waiting.remove(slot)
        remembered.append(slot)
        return finished(slot)
    }

    private mutating func note(_ span: SpanRecord, isClient: Bool, service: Int, peer: Int, in slot: Int) {
        if isClient {
            entries[slot].client = service
            entries[slot].peer = peer
            entries[slot].call.clientNanoseconds = span.duration
        } else {
            entries[slot].server = service
            entries[slot].call.serverNanoseconds = span.duration
        }
        if span.kind == .producer || span.kind == .consumer { entries[slot].call.type = .messaging }
        if span.status == .error { entries[slot].call.hasFailed = true }
    }

    private func finished(_ slot: Int) -> ServiceCall {
        var call = entries[slot].call
        call.client = entries[slot].client
        call.server = entries[slot].server
        return call
    }

    /// Forgets what was paired a while ago, and hands over what stayed alone for too long.
    mutating func expire(now: UInt64, alone: (ServiceCall) -> Void) {
        while let slot = remembered.first, entries[slot].due <= now {
            remembered.remove(slot)
            close(slot)
        }
        while let slot = waiting.first, entries[slot].due <= now {
            waiting.remove(slot)
            var call = finished(slot)
            if entries[slot].client >= 0, entries[slot].peer >= 0 {
                call.server = entries[slot].peer
                call.type = .virtualNode
                alone(call)
            } else {
                losses.unpaired += 1
            }
            close(slot)
        }
    }

    /// What was lost since the last call.
    mutating func takeLosses() -> Losses {
        defer { losses = Losses() }
        return losses
    }

    private mutating func open(_ first: UInt64, _ second: UInt64, _ span: SpanRecord, now: UInt64) -> Int? {
        guard table.count < limits.pendingEdges else { return nil }
        let entry = Entry(
            first: first, second: second, due: now &+ limits.pairingNanoseconds,
            call: ServiceCall(client: 0, server: 0, type: .direct, hasFailed: false, exemplar: Exemplar(span)))
        let slot = free.popLast() ?? entries.count
        if slot == entries.count { entries.append(entry) } else { entries[slot] = entry }
        table.set(first, second, slot)
        waiting.append(slot)
        return slot
    }

    private mutating func close(_ slot: Int) {
        table.remove(entries[slot].first, entries[slot].second)
        free.append(slot)
    }
}

extension Exemplar {
    init(_ span: SpanRecord) {
        self.init(
            traceIDHigh: span.trace.high, traceIDLow: span.trace.low, spanID: span.spanID, unixNanoseconds: span.end)
    }
}
