import Bytes

/// Finds the token of a field name with one multiplication and at most three word comparisons.
///
/// A slot is chosen by the first eight bytes and the length; `multiplier` was searched so that no two names share a
/// slot, which `init` asserts. A match is exact: only letters may differ in case, so a matched name needs no further
/// check of its characters.
struct FieldNameTable {
    static let shared = FieldNameTable()
    static let longestName = 24
    private static let multiplier: UInt64 = 0xE4E2_AAFD_3100_9625
    private static let lowercaseBits = WordScan.ones &* 0x20

    /// Eight bytes of a known name: equal when `(word | folding) == folded`.
    struct Part {
        var folded: UInt64 = 0
        var folding: UInt64 = 0

        /// - Parameter capitals: gets the bits by which letters of `word` differ in case.
        @inline(__always)
        func matches(_ word: UInt64, _ capitals: inout UInt64) -> Bool {
            capitals |= word ^ folded
            return word | folding == folded
        }
    }

    struct Entry {
        var parts: (Part, Part, Part) = (Part(), Part(), Part())
        var count = 0
        var name = FieldName.other
    }

    private var entries: [Entry]

    private init() {
        entries = Array(repeating: Entry(), count: 256)
        for name in FieldName.allCases where name != .other {
            let entry = Self.entry(for: name)
            let slot = Self.slot(entry.parts.0.folded, entry.count)
            precondition(entries[slot].count == 0, "two field names share a slot: search another multiplier")
            precondition(entry.count <= Self.longestName, "a field name is longer than its entry")
            entries[slot] = entry
        }
    }

    /// - Parameters:
    ///   - start: where the name begins in `bytes`; what follows the name may be anything.
    ///   - count: its bytes.
    @inline(__always)
    func token(in bytes: borrowing RawSpan, at start: Int, count: Int) -> FieldName {
        match(in: bytes, at: start, count: count).name
    }

    /// The same, and whether a known name stands there in small letters.
    @inline(__always)
    func match(in bytes: borrowing RawSpan, at start: Int, count: Int) -> (name: FieldName, isLowercase: Bool) {
        guard count > 0, count <= Self.longestName else { return Self.unknown }
        var capitals: UInt64 = 0
        let first = Self.keep(count, of: bytes.word(at: start))
        let slot = Self.slot(first | Self.keep(count, of: Self.lowercaseBits), count)
        guard entries[slot].count == count, entries[slot].parts.0.matches(first, &capitals) else { return Self.unknown }
        if count > 8 {
            let second = Self.keep(count - 8, of: bytes.word(at: start + 8))
            guard entries[slot].parts.1.matches(second, &capitals) else { return Self.unknown }
        }
        if count > 16 {
            let third = Self.keep(count - 16, of: bytes.word(at: start + 16))
            guard entries[slot].parts.2.matches(third, &capitals) else { return Self.unknown }
        }
        return (entries[slot].name, capitals == 0)
    }

    private static let unknown = (name: FieldName.other, isLowercase: false)

    @inline(__always)
    private static func slot(_ folded: UInt64, _ count: Int) -> Int {
        Int(truncatingIfNeeded: ((folded ^ (WordScan.ones &* UInt64(count))) &* multiplier) &>> 56)
    }

    /// The first `count` bytes of `word`; the others zero.
    @inline(__always)
    private static func keep(_ count: Int, of word: UInt64) -> UInt64 {
        count >= 8 ? word : word & ((1 &<< UInt64(count &* 8)) &- 1)
    }

    private static func entry(for name: FieldName) -> Entry {
        let bytes = [UInt8](name.text.rawBytes)
        func part(_ start: Int) -> Part {
            var part = Part()
            for offset in 0..<8 where start + offset < bytes.count {
                let byte = bytes[start + offset]
                let isLetter = byte >= 0x61 && byte <= 0x7A
                part.folded |= UInt64(byte) << UInt64(offset * 8)
                part.folding |= (isLetter ? 0x20 : 0) << UInt64(offset * 8)
            }
            return part
        }
        return Entry(parts: (part(0), part(8), part(16)), count: bytes.count, name: name)
    }
}
