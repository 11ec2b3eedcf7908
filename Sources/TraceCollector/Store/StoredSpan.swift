/// A span as queries see it. Text is valid UTF-8.
package struct StoredSpan: Equatable, Sendable {
    package var spanID: UInt64
    /// 0 for a root.
    package var parentID: UInt64
    /// Nanoseconds since the epoch.
    package var start: UInt64
    package var end: UInt64
    package var kind: SpanKind
    package var status: SpanStatus
    package var flags: UInt32
    package var name: [UInt8]
    package var origin: StoredOrigin
    /// Sorted by key, each key once.
    package var attributes: [StoredAttribute] = []
    package var traceState: [UInt8] = []
    package var statusMessage: [UInt8] = []
    package var events: [StoredEvent] = []
    package var links: [StoredLink] = []
    package var droppedAttributes: UInt64 = 0
    package var droppedEvents: UInt64 = 0
    package var droppedLinks: UInt64 = 0

    /// Nanoseconds; 0 when the span ended before it started.
    package var duration: UInt64 { end > start ? end - start : 0 }
}

/// The resource and scope of a span.
package struct StoredOrigin: Equatable, Sendable {
    package var serviceName: [UInt8] = []
    package var resourceAttributes: [StoredAttribute] = []
    package var resourceDropped: UInt64 = 0
    package var resourceSchemaURL: [UInt8] = []
    package var scopeName: [UInt8] = []
    package var scopeVersion: [UInt8] = []
    package var scopeAttributes: [StoredAttribute] = []
    package var scopeDropped: UInt64 = 0
    package var scopeSchemaURL: [UInt8] = []
}

package struct StoredAttribute: Equatable, Sendable {
    package var key: [UInt8]
    package var value: StoredValue
}

package enum StoredValue: Equatable, Sendable {
    case empty
    case string([UInt8])
    case bool(Bool)
    case int(Int64)
    /// Bits of a double, so that values compare as they were sent, NaN included.
    case double(UInt64)
    /// The ArrayValue message as received.
    case array([UInt8])
    /// The KeyValueList message as received.
    case keyValueList([UInt8])
    case bytes([UInt8])
}

package struct StoredEvent: Equatable, Sendable {
    package var time: UInt64
    package var name: [UInt8]
    package var attributes: [StoredAttribute]
    package var dropped: UInt64
}

package struct StoredLink: Equatable, Sendable {
    package var trace: TraceKey
    package var spanID: UInt64
    package var traceState: [UInt8]
    package var flags: UInt32
    package var attributes: [StoredAttribute]
    package var dropped: UInt64
}
