/// What receiving changes: the log, the joiner and the shared origins. One owner at a time.
struct Ingest: ~Copyable {
    var log: WriteAheadLog
    var joiner: Joiner
    private var origins = OriginTable()
    private var scopeOrigins: [SpanOrigin] = []
    private var batch = SpanBatch()

    init(log: consuming WriteAheadLog, joiner: Joiner) {
        self.log = log
        self.joiner = joiner
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
        _ message: [UInt8], body: [UInt8], isGzipped: Bool, now: UInt64
    ) throws(ExportRefusal) -> Received {
        do {
            try OTLPReader.read(message.span, into: &batch)
        } catch {
            throw .malformed(error)
        }
        let received = Received(spans: batch.spans.count, rejections: batch.rejections)
        guard received.spans > 0 else { return received }
        let segment: UInt64
        do {
            segment = try log.append(body, isGzipped: isGzipped)
        } catch {
            throw .logUnavailable(retryAfterSeconds: 1)
        }
        join(message, segment: segment, now: now)
        return received
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
