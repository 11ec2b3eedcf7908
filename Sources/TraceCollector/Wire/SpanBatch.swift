/// Everything the collector needs at once from one export request, as flat arrays of offsets into its body. Nothing
/// is copied and no string is made; a batch is reused from request to request.
package struct SpanBatch {
    package var resources: [ResourceRecord] = []
    package var scopes: [ScopeRecord] = []
    package var spans: [SpanRecord] = []
    /// Pieces of resources and scopes: a singular message that was sent in several pieces means their concatenation.
    package var pieces: [ByteRange] = []
    package var rejections = SpanRejections()

    package init() {}

    package mutating func removeAll() {
        resources.removeAll(keepingCapacity: true)
        scopes.removeAll(keepingCapacity: true)
        spans.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        rejections = SpanRejections()
    }
}

/// Spans that were left out of a batch, by what is wrong with their identity.
package struct SpanRejections: Equatable, Sendable {
    package var traceIDs = 0
    package var spanIDs = 0
    package var parentIDs = 0

    package init(traceIDs: Int = 0, spanIDs: Int = 0, parentIDs: Int = 0) {
        self.traceIDs = traceIDs
        self.spanIDs = spanIDs
        self.parentIDs = parentIDs
    }

    package var total: Int { traceIDs + spanIDs + parentIDs }
}

/// Who sent spans: a ResourceSpans without its spans.
package struct ResourceRecord {
    /// Indexes into `SpanBatch.pieces`.
    package var pieces: Range<Int>
    package var schemaURL = ByteRange.empty
    /// Value of `service.name`; empty when absent or not a string.
    package var serviceName = ByteRange.empty
}

/// Which library made spans: a ScopeSpans without its spans.
package struct ScopeRecord {
    package var resource: Int
    /// Indexes into `SpanBatch.pieces`.
    package var pieces: Range<Int>
    package var schemaURL = ByteRange.empty
}

/// What joining and golden signals ask of a span; the rest stays in `body` until the span is stored.
package struct SpanRecord {
    package var trace = TraceKey(high: 0, low: 0)
    package var spanID: UInt64 = 0
    /// 0 for a root.
    package var parentID: UInt64 = 0
    /// Nanoseconds since the epoch.
    package var start: UInt64 = 0
    package var end: UInt64 = 0
    package var body = ByteRange.empty
    package var name = ByteRange.empty
    package var peer = ByteRange.empty
    package var scope: UInt32 = 0
    package var kind = SpanKind.unspecified
    package var status = SpanStatus.unset
    package var peerRank = PeerRank.none
    package var isDatabase = false

    /// Nanoseconds; 0 for a span that ended before it started (OTLP tolerates it, a histogram must not).
    package var duration: UInt64 { end > start ? end - start : 0 }
}

/// A 16-byte trace id as two numbers whose hexadecimal digits are the id's.
package struct TraceKey: Hashable, Comparable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var isZero: Bool { high | low == 0 }

    package static func < (left: TraceKey, right: TraceKey) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

extension TraceKey: CustomStringConvertible {
    /// The 32 lowercase digits of the id.
    package var description: String { Self.digits(high) + Self.digits(low) }

    private static func digits(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// OTLP's numbers.
package enum SpanKind: UInt8, Sendable, CaseIterable {
    case unspecified = 0
    case `internal` = 1
    case server = 2
    case client = 3
    case producer = 4
    case consumer = 5

    /// Numbers that OTLP does not define read as unspecified. Enumerations have 32 bits; like every protobuf reader,
    /// drop the others.
    @inline(__always)
    init(wire number: UInt64) {
        let number = UInt32(truncatingIfNeeded: number)
        self = number <= 5 ? SpanKind(rawValue: UInt8(number))! : .unspecified
    }
}

/// OTLP's numbers.
package enum SpanStatus: UInt8, Sendable, CaseIterable {
    case unset = 0
    case ok = 1
    case error = 2

    /// Numbers that OTLP does not define read as unset.
    @inline(__always)
    init(wire number: UInt64) {
        let number = UInt32(truncatingIfNeeded: number)
        self = number <= 2 ? SpanStatus(rawValue: UInt8(number))! : .unset
    }
}

/// How well an attribute names the other side of a call, best first: a name given by a human, an address, what kind
/// of database it is.
package enum PeerRank: UInt8, Sendable, Comparable {
    case service = 0
    case serverAddress = 1
    case networkAddress = 2
    case database = 3
    case none = 4

    package static func < (left: PeerRank, right: PeerRank) -> Bool { left.rawValue < right.rawValue }
}
