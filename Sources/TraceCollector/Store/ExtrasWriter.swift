/// The parts of a span that most spans do not have: events, links, trace state, status message, dropped counts.
struct ExtrasWriter {
    private let spanStart: UInt64
    private var present: SpanExtras = []
    private var traceState = 0
    private var statusMessage = 0
    private var droppedAttributes: UInt64 = 0
    private var droppedEvents: UInt64 = 0
    private var droppedLinks: UInt64 = 0
    private var events: [UInt8] = []
    private var eventCount = 0
    private var links: [UInt8] = []
    private var linkCount = 0

    init(spanStart: UInt64) { self.spanStart = spanStart }

    var isEmpty: Bool { present.isEmpty }

    /// Takes in one field of a Span message that `key` announces.
    mutating func read(
        _ key: UInt32, _ cursor: inout ProtobufCursor, _ bytes: Span<UInt8>, _ dictionary: inout BlockDictionary
    ) throws(WireError) {
        switch key {
        case 0x1A: traceState = text(.traceState, bytes, try cursor.delimited(bytes), &dictionary)
        case 0x50: droppedAttributes = count(.droppedAttributes, try cursor.varint(bytes))
        case 0x5A: try readEvent(bytes, try cursor.delimited(bytes), &dictionary)
        case 0x60: droppedEvents = count(.droppedEvents, try cursor.varint(bytes))
        case 0x6A: try readLink(bytes, try cursor.delimited(bytes), &dictionary)
        case 0x70: droppedLinks = count(.droppedLinks, try cursor.varint(bytes))
        case 0x7A: try readStatus(bytes, try cursor.delimited(bytes), &dictionary)
        default: try cursor.skip(key, bytes)
        }
    }

    func write(to stream: inout [UInt8]) {
        stream.append(present.rawValue)
        if present.contains(.traceState) { stream.appendVarint(traceState) }
        if present.contains(.statusMessage) { stream.appendVarint(statusMessage) }
        if present.contains(.droppedAttributes) { stream.appendVarint(droppedAttributes) }
        if present.contains(.events) {
            stream.appendVarint(eventCount)
            stream += events
        }
        if present.contains(.droppedEvents) { stream.appendVarint(droppedEvents) }
        if present.contains(.links) {
            stream.appendVarint(linkCount)
            stream += links
        }
        if present.contains(.droppedLinks) { stream.appendVarint(droppedLinks) }
    }

    private mutating func text(
        _ extra: SpanExtras, _ bytes: Span<UInt8>, _ range: Range<Int>, _ dictionary: inout BlockDictionary
    ) -> Int {
        if range.isEmpty { present.remove(extra) } else { present.insert(extra) }
        return dictionary.string(bytes, range)
    }

    private mutating func count(_ extra: SpanExtras, _ varint: UInt64) -> UInt64 {
        let count = varint & 0xFFFF_FFFF
        if count == 0 { present.remove(extra) } else { present.insert(extra) }
        return count
    }

    private mutating func readStatus(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ dictionary: inout BlockDictionary
    ) throws(WireError) {
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x12: statusMessage = text(.statusMessage, bytes, try cursor.delimited(bytes), &dictionary)
            default: try cursor.skip(key, bytes)
            }
        }
    }

    private mutating func readEvent(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ dictionary: inout BlockDictionary
    ) throws(WireError) {
        var time: UInt64 = 0
        var name = dictionary.emptyString
        var dropped: UInt64 = 0
        var attributes = AttributeList()
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x09: time = try cursor.fixed64(bytes)
            case 0x12: name = dictionary.string(bytes, try cursor.delimited(bytes))
            case 0x1A: attributes.add(try dictionary.attribute(bytes, try cursor.delimited(bytes)))
            case 0x20: dropped = try cursor.varint(bytes) & 0xFFFF_FFFF
            default: try cursor.skip(key, bytes)
            }
        }
        events.appendZigzag(Int64(bitPattern: time &- spanStart))
        events.appendVarint(name)
        attributes.write(to: &events)
        events.appendVarint(dropped)
        eventCount += 1
        present.insert(.events)
    }

    private mutating func readLink(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ dictionary: inout BlockDictionary
    ) throws(WireError) {
        var identity: (high: UInt64, low: UInt64, span: UInt64) = (0, 0, 0)
        var state = dictionary.emptyString
        var flags: UInt32 = 0
        var dropped: UInt64 = 0
        var attributes = AttributeList()
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A:
                let id = try cursor.delimited(bytes)
                guard id.count == 16 else { continue }
                identity.high = bytes.bigEndian64(at: id.lowerBound)
                identity.low = bytes.bigEndian64(at: id.lowerBound + 8)
            case 0x12:
                let id = try cursor.delimited(bytes)
                identity.span = id.count == 8 ? bytes.bigEndian64(at: id.lowerBound) : 0
            case 0x1A: state = dictionary.string(bytes, try cursor.delimited(bytes))
            case 0x22: attributes.add(try dictionary.attribute(bytes, try cursor.delimited(bytes)))
            case 0x28: dropped = try cursor.varint(bytes) & 0xFFFF_FFFF
            case 0x35: flags = try cursor.fixed32(bytes)
            default: try cursor.skip(key, bytes)
            }
        }
        links.appendLittleEndian(identity.high)
        links.appendLittleEndian(identity.low)
        links.appendLittleEndian(identity.span)
        links.appendVarint(state)
        links.appendVarint(UInt64(flags))
        attributes.write(to: &links)
        links.appendVarint(dropped)
        linkCount += 1
        present.insert(.links)
    }
}

/// Attributes outside the columns: few, each key once.
struct AttributeList {
    private var pairs: [(key: Int, value: Int)] = []

    /// A key that comes twice keeps its last value.
    mutating func add(_ pair: (key: Int, value: Int)) {
        // Beyond what OTLP's span limits allow, a search through all would be a way to keep this thread busy.
        let searched = pairs.indices.suffix(128)
        if let index = searched.first(where: { pairs[$0].key == pair.key }) {
            pairs[index] = pair
        } else {
            pairs.append(pair)
        }
    }

    func write(to stream: inout [UInt8]) {
        stream.appendVarint(pairs.count)
        for pair in pairs {
            stream.appendVarint(pair.key)
            stream.appendVarint(pair.value)
        }
    }
}
