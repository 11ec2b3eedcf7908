/// Reads one Span message into a `SpanRecord`, checking everything that it passes over.
struct OTLPSpanReader {
    /// What is wrong with a span's identity, when something is.
    enum Verdict {
        case accepted
        case invalidTraceID
        case invalidSpanID
        case invalidParentID
    }

    private(set) var record: SpanRecord
    private var parentIsMalformed = false

    init(scope: UInt32, body: Range<Int>) {
        record = SpanRecord()
        record.scope = scope
        record.body = ByteRange(body)
    }

    var verdict: Verdict {
        if record.trace.isZero { return .invalidTraceID }
        if record.spanID == 0 { return .invalidSpanID }
        return parentIsMalformed ? .invalidParentID : .accepted
    }

    @inline(__always)
    mutating func read(_ bytes: Span<UInt8>) throws(WireError) {
        var cursor = ProtobufCursor(record.body)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x4A: try readAttribute(bytes, try cursor.delimited(bytes))
            case 0x0A: readTraceID(bytes, try cursor.delimited(bytes))
            case 0x12: readSpanID(bytes, try cursor.delimited(bytes))
            case 0x22: readParentID(bytes, try cursor.delimited(bytes))
            case 0x2A: record.name = ByteRange(try cursor.delimited(bytes))
            case 0x30: record.kind = SpanKind(wire: try cursor.varint(bytes))
            case 0x39: record.start = try cursor.fixed64(bytes)
            case 0x41: record.end = try cursor.fixed64(bytes)
            case 0x5A: try checkEvent(bytes, try cursor.delimited(bytes))
            case 0x6A: try checkLink(bytes, try cursor.delimited(bytes))
            case 0x7A: try readStatus(bytes, try cursor.delimited(bytes))
            default: try cursor.skip(key, bytes)
            }
        }
    }

    private mutating func readTraceID(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count == 16 else {
            record.trace = TraceKey(high: 0, low: 0)
            return
        }
        record.trace = TraceKey(
            high: bytes.bigEndian64(at: range.lowerBound), low: bytes.bigEndian64(at: range.lowerBound + 8))
    }

    private mutating func readSpanID(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        record.spanID = range.count == 8 ? bytes.bigEndian64(at: range.lowerBound) : 0
    }

    private mutating func readParentID(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        // Empty and all-zero parents both mean a root; any other length is no id at all.
        parentIsMalformed = range.count != 8 && !range.isEmpty
        record.parentID = range.count == 8 ? bytes.bigEndian64(at: range.lowerBound) : 0
    }

    private mutating func readStatus(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(WireError) {
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x12: _ = try cursor.delimited(bytes)
            case 0x18: record.status = SpanStatus(wire: try cursor.varint(bytes))
            default: try cursor.skip(key, bytes)
            }
        }
    }

    @inline(__always)
    private mutating func readAttribute(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(WireError) {
        let pair = try KeyValueView.read(bytes, range)
        // Lengths of the keys below; nearly every attribute is passed over by this one test.
        let interestingLengths: UInt64 = 1 << 7 | 1 << 9 | 1 << 12 | 1 << 14 | 1 << 17 | 1 << 20
        if pair.key.count < 64, interestingLengths >> UInt64(pair.key.count) & 1 == 1 {
            readPeer(bytes, pair)
        }
    }

    private mutating func readPeer(_ bytes: Span<UInt8>, _ pair: KeyValueView) {
        guard let rank = Self.peerRank(bytes, pair.key) else { return }
        if rank == .database { record.isDatabase = true }
        guard pair.view.type == .string, !pair.view.contents.isEmpty, rank <= record.peerRank else { return }
        record.peerRank = rank
        record.peer = pair.view.contents
    }

    private static func peerRank(_ bytes: Span<UInt8>, _ key: ByteRange) -> PeerRank? {
        switch key.count {
        case 7 where bytes.matches(key, "db.name"): .database
        case 9 where bytes.matches(key, "db.system"): .database
        case 12 where bytes.matches(key, "db.namespace"): .database
        case 14 where bytes.matches(key, "db.system.name"): .database
        case 12 where bytes.matches(key, "peer.service"): .service
        case 14 where bytes.matches(key, "server.address"): .serverAddress
        case 17 where bytes.matches(key, "service.peer.name"): .service
        case 20 where bytes.matches(key, "network.peer.address"): .networkAddress
        default: nil
        }
    }

    private func checkEvent(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(WireError) {
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x1A: _ = try KeyValueView.read(bytes, try cursor.delimited(bytes))
            default: try cursor.skip(key, bytes)
            }
        }
    }

    private func checkLink(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(WireError) {
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x22: _ = try KeyValueView.read(bytes, try cursor.delimited(bytes))
            default: try cursor.skip(key, bytes)
            }
        }
    }
}
