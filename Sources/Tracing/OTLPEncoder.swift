import Bytes
import CProtobuf

/// Encodes an ExportTraceServiceRequest of one resource and one scope, span by span.
///
/// Spans are packed by libprotobuf-c as they are appended, each framed as an element of ScopeSpans.spans; the resource
/// and the scope are packed once for all requests. Only the two enclosing lengths are known at the end, so a request is
/// a head and a body that follow each other.
public struct OTLPEncoder: ~Copyable {
    private let resource: [UInt8]
    private let scope: [UInt8]
    private var spans = ByteBuffer(capacity: 64 * 1024)
    private var message = SpanMessage()
    /// Spans in the request so far.
    public private(set) var spanCount = 0

    public init(resource: TelemetryResource) {
        self.resource = packedResource(resource)
        scope = packedScope(name: "martlet-proxy", version: resource.serviceVersion)
    }

    /// Bytes of the request so far, without its head.
    public var byteCount: Int { spans.count }

    public mutating func append(_ record: borrowing SpanRecord) {
        message.append(record, tag: ProtobufField.scopeSpansSpans, to: &spans)
        spanCount += 1
    }

    /// Gives out the request in two parts and starts the next one. The views are valid during `body`.
    public mutating func finish(_ body: (_ head: RawSpan, _ spans: RawSpan) -> Void) {
        let scopeSpans = ProtobufField.byteCount(of: scope.count) + spans.count
        let resourceSpans =
            ProtobufField.byteCount(of: resource.count) + ProtobufField.byteCount(of: scopeSpans)
        var head = ByteBuffer(capacity: resource.count + scope.count + 32)
        head.append(ProtobufField.requestResourceSpans)
        head.append(varint: resourceSpans)
        head.append(ProtobufField.resourceSpansResource)
        head.append(varint: resource.count)
        unsafe head.append(resource.span.bytes)
        head.append(ProtobufField.resourceSpansScopeSpans)
        head.append(varint: scopeSpans)
        head.append(ProtobufField.scopeSpansScope)
        head.append(varint: scope.count)
        unsafe head.append(scope.span.bytes)
        body(head.bytes, spans.bytes)
        spans.clear()
        spanCount = 0
    }
}

/// Keys of the length-delimited fields that enclose the spans: field number × 8 + wire type 2, one byte each.
private enum ProtobufField {
    static let requestResourceSpans: UInt8 = 0x0A
    static let resourceSpansResource: UInt8 = 0x0A
    static let resourceSpansScopeSpans: UInt8 = 0x12
    static let scopeSpansScope: UInt8 = 0x0A
    static let scopeSpansSpans: UInt8 = 0x12

    /// Key, length and content.
    static func byteCount(of content: Int) -> Int { 1 + Varint.byteCount(of: content) + content }
}

extension ByteBuffer {
    fileprivate mutating func append(varint value: Int) {
        let varint = Varint(value)
        append(varint.bytes.span.extracting(first: varint.count).rawBytes)
    }
}

private func packedResource(_ resource: TelemetryResource) -> [UInt8] {
    let attributes = resource.attributes
    let messages = AttributeMessages(capacity: attributes.count)
    var text = TextArena(capacity: attributes.reduce(1) { $0 + $1.textByteCount })
    for (index, attribute) in attributes.enumerated() { messages.set(index, to: attribute, text: &text) }
    var message = unsafe Opentelemetry__Proto__Resource__V1__Resource()
    unsafe opentelemetry__proto__resource__v1__resource__init(&message)
    unsafe message.n_attributes = attributes.count
    unsafe message.attributes = messages.pointers
    let byteCount = unsafe opentelemetry__proto__resource__v1__resource__get_packed_size(&message)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
        filled = unsafe opentelemetry__proto__resource__v1__resource__pack(&message, buffer.baseAddress)
    }
    // The message points into both until here.
    withExtendedLifetime(messages) {}
    withExtendedLifetime(text) {}
    return bytes
}

private func packedScope(name: StaticString, version: String) -> [UInt8] {
    var text = TextArena(capacity: version.utf8.count + 2)
    var message = unsafe Opentelemetry__Proto__Common__V1__InstrumentationScope()
    unsafe opentelemetry__proto__common__v1__instrumentation_scope__init(&message)
    unsafe message.name = mutableCString(name)
    unsafe message.version = text.copy(version)
    let byteCount = unsafe opentelemetry__proto__common__v1__instrumentation_scope__get_packed_size(&message)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
        filled = unsafe opentelemetry__proto__common__v1__instrumentation_scope__pack(&message, buffer.baseAddress)
    }
    // The message points into the arena until here.
    withExtendedLifetime(text) {}
    return bytes
}
