/// The byte format of a block of stored traces, shared by writer and reader.
///
/// A block holds its spans in columns: each column is one `BlockStream`, compressed on its own so that zstd models
/// each kind of data alone. Names, keys and values are numbered in the block's own dictionaries, so a block can be
/// deleted or moved without touching anything else. Attributes are two columns deep: a span names its *shape* (the set
/// of its keys), and each key has its own column of values in order of the spans that have it.
enum BlockFormat {
    /// Stored with every block; a reader refuses what it does not know.
    static let version: UInt64 = 1
    /// Parents are `0` for a root, `1` for an id stored in full, and position in the trace + 2 otherwise.
    static let parentRoot: UInt64 = 0
    static let parentForeign: UInt64 = 1
    static let parentPositionBase: UInt64 = 2

    /// Value numbers: strings are even, everything else is odd.
    static func stringValue(_ id: Int) -> Int { id << 1 }
    static func otherValue(_ id: Int) -> Int { id << 1 | 1 }
}

/// What a search needs to skip a block: its dictionaries.
enum DictionaryStream: Int, CaseIterable {
    /// Names, string values, messages, URLs: length, bytes.
    case strings
    /// Attribute keys: length, bytes.
    case keys
    /// Values that are no strings: type, then scalar or length and bytes.
    case others
    /// Resource and scope of each origin.
    case origins
    /// Each distinct (origin, name, kind, status, flags).
    case heads
}

/// The spans themselves.
enum SpanStream: Int, CaseIterable {
    /// Spans per trace.
    case counts
    /// Number of the span's head.
    case heads
    /// Eight bytes each; random, so never compressible.
    case spanIDs
    case parents
    case foreignParents
    /// Nanoseconds since the span before in the same trace; for a trace's first span, since the block's first start.
    case starts
    /// Nanoseconds, zigzag.
    case durations
    /// 0 for the next new shape, or number + 1 of an earlier one.
    case shapes
    /// Number of keys, then their numbers in ascending order as differences.
    case shapeKeys
    /// Per key: a `ColumnMode`, the number of values, and what the mode needs.
    case columnHeads
    /// Value numbers by bytes: lowest, second, and the two highest.
    case columnLow
    case columnMiddle
    case columnHigh
    /// Events, links, state, message and counts of dropped items.
    case extras
}

/// How the values of one key are written.
enum ColumnMode: UInt8 {
    /// One value for all: it stands in the column's head.
    case constant = 0
    /// Few values: the head lists them, the column holds one byte each.
    case local = 1
    /// Value numbers as they are.
    case direct = 2
}

/// Which extras follow in the extras stream, in this order.
struct SpanExtras: OptionSet {
    let rawValue: UInt8

    static let traceState = SpanExtras(rawValue: 1)
    static let statusMessage = SpanExtras(rawValue: 2)
    static let droppedAttributes = SpanExtras(rawValue: 4)
    static let events = SpanExtras(rawValue: 8)
    static let droppedEvents = SpanExtras(rawValue: 16)
    static let links = SpanExtras(rawValue: 32)
    static let droppedLinks = SpanExtras(rawValue: 64)
}

extension [UInt8] {
    @inline(__always)
    mutating func appendVarint(_ value: UInt64) {
        if value < 0x80 { append(UInt8(truncatingIfNeeded: value)) } else { appendLongVarint(value) }
    }

    @inline(__always)
    mutating func appendVarint(_ value: Int) { appendVarint(UInt64(bitPattern: Int64(value))) }

    private mutating func appendLongVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func appendZigzag(_ value: Int64) { appendVarint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    @inline(__always)
    mutating func appendLittleEndian(_ value: UInt64) {
        append(addingCapacity: 8) { room in
            for shift in stride(from: 0, to: 64, by: 8) {
                room.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
            }
        }
    }
}
