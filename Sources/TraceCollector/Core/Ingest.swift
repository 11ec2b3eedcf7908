/// What receiving changes: the log, the joiner and the shared origins. One owner at a time.
struct Ingest: ~Copyable {
    var log: WriteAheadLog
    var joiner: Joiner
    /// Nil where nobody asks for golden signals.
    private var signals: GoldenSignals?
    private var origins = OriginTable()
    private var scopeOrigins: [SpanOrigin] = []
    private var batch = SpanBatch()
    /// The first left-over segment that is not replayed yet; nothing from it on may be deleted.
    var unreplayed: UInt64?
    private var logIsFailing = false

    init(log: consuming WriteAheadLog, joiner: Joiner, signals: GoldenSignals?) {
        self.log = log
        self.joiner = joiner
        self.signals = signals
        unreplayed = self.log.leftOver.first
    }

    struct Received {
        var spans: Int
        var rejections: SpanRejections
    }

    /// Reads a request, makes it durable and joins its spans.
    ///
    /// - Parameters:
    ///   - message: the protobuf message.
    ///   - body: the body as it came, which is what the log keeps.
    mutating func receive(
        _ message: [UInt8], body: [UInt8], isGzipped: Bool, now: UInt64, _ messages: CollectorLog
    ) throws(ExportRefusal) -> Received {
        do {
            try OTLPReader.read(message.span, into: &batch)
        } catch {
            throw .malformed(error)
        }
        let received = Received(spans: batch.spans.count, rejections: batch.rejections)
        guard received.spans > 0 else { return received }
        let segment = try append(body, isGzipped: isGzipped, messages)
        signals?.record(batch, message.span, now: now)
        join(message, segment: segment, now: now)
        return received
    }

    private mutating func append(
        _ body: [UInt8], isGzipped: Bool, _ messages: CollectorLog
    ) throws(ExportRefusal) -> UInt64 {
        do {
            let segment = try log.append(body, isGzipped: isGzipped)
            if logIsFailing { messages.info("the log can be written again") }
            logIsFailing = false
            return segment
        } catch {
            if !logIsFailing { messages.error("\(error); senders are told to come again") }
            logIsFailing = true
            throw .logUnavailable(retryAfterSeconds: 1)
        }
    }

    /// The oldest segment that holds spans which are not stored, apart from those on their way to the store.
    var oldestNeededSegment: UInt64? {
        [joiner.oldestSegment, unreplayed].compactMap(\.self).min()
    }

    /// Moves the time of joiner and signals.
    mutating func advance(to now: UInt64) {
        joiner.advance(to: now)
        signals?.advance(to: now)
    }

    /// Joins a request of the log again. - Returns: its spans; 0 when it cannot be read, which was refused before.
    mutating func replay(_ message: [UInt8], segment: UInt64, now: UInt64) -> Int {
        do {
            try OTLPReader.read(message.span, into: &batch)
        } catch {
            return 0
        }
        join(message, segment: segment, now: now)
        return batch.spans.count
    }

    private mutating func join(_ message: [UInt8], segment: UInt64, now: UInt64) {
        let bytes = message.span
        scopeOrigins.removeAll(keepingCapacity: true)
        for scope in batch.scopes { scopeOrigins.append(origins.origin(of: scope, in: batch, bytes)) }
        for record in batch.spans {
            joiner.insert(record, origin: scopeOrigins[Int(record.scope)], bytes, segment: segment, now: now)
        }
    }
}
