/// SpanKind of OTLP; the raw value is the number on the wire.
public enum SpanKind: UInt8, Sendable {
    case `internal` = 1
    case server = 2
    case client = 3
    case producer = 4
    case consumer = 5
}

/// StatusCode of OTLP; the raw value is the number on the wire.
public enum SpanStatus: UInt8, Sendable {
    case unset = 0
    case ok = 1
    case error = 2
}

/// One attribute of a span. A string literal as the value costs no allocation.
public struct SpanAttribute: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
        case string(String)
        case integer(Int64)
        case boolean(Bool)
        case double(Double)
    }

    // The value stands first: the key then takes the padding byte behind it (18 bytes instead of 25).
    public var value: Value
    public var key: AttributeKey

    public init(_ key: AttributeKey, _ value: Value) {
        self.value = value
        self.key = key
    }

    /// Bytes of a string value as a C string; 0 for every other.
    var textByteCount: Int {
        if case .string(let text) = value { text.utf8.count + 1 } else { 0 }
    }
}

/// A finished span, built only for a request that is sampled or failed.
public struct SpanRecord: Hashable, Sendable {
    public var traceID: TraceID
    public var spanID: SpanID
    public var parentSpanID: SpanID
    /// Wall clock, nanoseconds since 1970. The end is the start plus a monotonic duration, so it is never before it.
    public var startUnixNanoseconds: UInt64
    public var endUnixNanoseconds: UInt64
    public var name: String
    public var traceState: TraceState
    public var attributes: [SpanAttribute]
    public var kind: SpanKind
    public var status: SpanStatus
    public var flags: TraceFlags

    public init(
        context: TraceContext, kind: SpanKind, name: String, startUnixNanoseconds: UInt64, endUnixNanoseconds: UInt64
    ) {
        traceID = context.traceID
        spanID = context.spanID
        parentSpanID = context.parentSpanID
        traceState = context.traceState
        flags = context.flags
        self.kind = kind
        self.name = name
        self.startUnixNanoseconds = startUnixNanoseconds
        self.endUnixNanoseconds = endUnixNanoseconds
        status = .unset
        attributes = []
    }

    /// What the record weighs in a queue that is bounded by bytes: its fields and its text, not the allocator's share.
    public var estimatedByteCount: Int {
        var bytes = MemoryLayout<SpanRecord>.size + name.utf8.count + traceState.text.utf8.count
        for attribute in attributes {
            bytes += MemoryLayout<SpanAttribute>.stride
            if case .string(let text) = attribute.value { bytes += text.utf8.count }
        }
        return bytes
    }
}
