import Bytes
import CProtobuf

/// The libprotobuf-c tree of one span: a Span, its Status, and a KeyValue and an AnyValue for each attribute. Built once
/// and filled anew for every span, so that encoding allocates nothing.
@safe
struct SpanMessage: ~Copyable {
    private let span: UnsafeMutablePointer<Opentelemetry__Proto__Trace__V1__Span>
    private let status: UnsafeMutablePointer<Opentelemetry__Proto__Trace__V1__Status>
    /// Trace id, span id and parent span id in network order, 32 bytes.
    private let ids: UnsafeMutableRawPointer
    private var attributes = AttributeMessages(capacity: TracingLimits.attributesPerSpan)
    private var text = TextArena(capacity: 4096)
    /// What libprotobuf-c takes for an unset string.
    private var emptyText: UnsafeMutablePointer<CChar> { unsafe mutableCString("") }

    init() {
        unsafe span = .allocate(capacity: 1)
        unsafe status = .allocate(capacity: 1)
        unsafe ids = .allocate(byteCount: 32, alignment: 8)
        unsafe opentelemetry__proto__trace__v1__span__init(span)
        unsafe opentelemetry__proto__trace__v1__status__init(status)
        unsafe span.pointee.trace_id = ProtobufCBinaryData(len: 16, data: ids.assumingMemoryBound(to: UInt8.self))
        unsafe span.pointee.span_id = ProtobufCBinaryData(
            len: 8, data: (ids + 16).assumingMemoryBound(to: UInt8.self))
        unsafe span.pointee.attributes = attributes.pointers
    }

    deinit {
        unsafe span.deallocate()
        unsafe status.deallocate()
        unsafe ids.deallocate()
    }

    /// Appends the message, framed as one element of a repeated field: `tag`, length, content.
    ///
    /// The content is packed behind room for the longest length and then moved up to the real one: asking
    /// libprotobuf-c for the size first would walk the tree twice, which is a third of the whole cost.
    mutating func append(_ record: borrowing SpanRecord, tag: UInt8, to buffer: inout ByteBuffer) {
        let textByteCount = Self.textByteCount(record)
        fill(record, textByteCount: textByteCount)
        let headRoom = 1 + Varint.maximumByteCount
        let bound = Self.byteCountBound(attributes: record.attributes.count, textByteCount: textByteCount)
        let filled = unsafe buffer.withWritableBytes(minimum: headRoom + bound) { room in
            let start = unsafe room.baseAddress!.assumingMemoryBound(to: UInt8.self)
            let byteCount = unsafe opentelemetry__proto__trace__v1__span__pack(span, start + headRoom)
            precondition(byteCount <= bound, "the bound of a span's size is wrong")
            unsafe start[0] = tag
            let length = Varint(byteCount)
            for index in 0..<length.count { unsafe start[1 + index] = length.bytes[index] }
            unsafe (room.baseAddress! + 1 + length.count).copyMemory(from: start + headRoom, byteCount: byteCount)
            return 1 + length.count + byteCount
        }
        assert(filled > 0)
    }

    private mutating func fill(_ record: borrowing SpanRecord, textByteCount: Int) {
        text.reset(byteCount: textByteCount)
        fillIDs(record)
        unsafe span.pointee.name = text.copy(record.name)
        unsafe span.pointee.trace_state = record.traceState.isEmpty ? emptyText : text.copy(record.traceState.text)
        unsafe span.pointee.kind = .init(UInt32(record.kind.rawValue))
        unsafe span.pointee.start_time_unix_nano = record.startUnixNanoseconds
        unsafe span.pointee.end_time_unix_nano = record.endUnixNanoseconds
        unsafe span.pointee.flags = record.wireFlags
        if record.status == .unset {
            unsafe span.pointee.status = nil
        } else {
            unsafe status.pointee.code = .init(UInt32(record.status.rawValue))
            unsafe span.pointee.status = status
        }
        let kept = min(record.attributes.count, TracingLimits.attributesPerSpan)
        for index in 0..<kept { attributes.set(index, to: record.attributes[index], text: &text) }
        unsafe span.pointee.n_attributes = kept
        unsafe span.pointee.dropped_attributes_count = UInt32(clamping: record.attributes.count - kept)
    }

    private func fillIDs(_ record: borrowing SpanRecord) {
        unsafe ids.storeBytes(of: record.traceID.high.bigEndian, as: UInt64.self)
        unsafe ids.storeBytes(of: record.traceID.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        unsafe ids.storeBytes(of: record.spanID.value.bigEndian, toByteOffset: 16, as: UInt64.self)
        unsafe ids.storeBytes(of: record.parentSpanID.value.bigEndian, toByteOffset: 24, as: UInt64.self)
        unsafe span.pointee.parent_span_id = ProtobufCBinaryData(
            len: record.parentSpanID.isAbsent ? 0 : 8, data: (ids + 24).assumingMemoryBound(to: UInt8.self))
    }

    /// No span is longer. Beside its text a span has less than 128 bytes of fixed fields; an attribute has its key, and
    /// less than 32 bytes of tags, lengths and number.
    private static func byteCountBound(attributes: Int, textByteCount: Int) -> Int {
        128 + textByteCount + min(attributes, TracingLimits.attributesPerSpan) * (AttributeKey.longestName + 32)
    }

    private static func textByteCount(_ record: borrowing SpanRecord) -> Int {
        var count = record.name.utf8.count + 1 + record.traceState.text.utf8.count + 1
        for attribute in record.attributes { count += attribute.textByteCount }
        return count
    }
}

extension SpanRecord {
    /// OTLP Span.flags: the W3C flags, "is remote" known, and remote when there is a parent: a proxy's parent always is.
    var wireFlags: UInt32 {
        let isRemoteKnown: UInt32 = 0x100
        let isRemote: UInt32 = 0x200
        return UInt32(flags.rawValue) | isRemoteKnown | (parentSpanID.isAbsent ? 0 : isRemote)
    }
}

/// A literal as libprotobuf-c takes it. `utf8Start` is NUL-terminated, lives as long as the process and is never
/// written: packing only reads.
func mutableCString(_ literal: StaticString) -> UnsafeMutablePointer<CChar> {
    unsafe UnsafeMutablePointer(mutating: UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self))
}
