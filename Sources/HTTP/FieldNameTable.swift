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

        @inline(__always)
        func matches(_ word: UInt64) -> Bool { word | folding == folded }
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
        guard count > 0, count <= Self.longestName else { return .other }
        let first = Self.keep(count, of: bytes.word(at: start))
        let slot = Self.slot(first | Self.keep(count, of: Self.lowercaseBits), count)
        guard entries[slot].count == count, entries[slot].parts.0.matches(first) else { return .other }
        if count > 8 {
            guard entries[slot].parts.1.matches(Self.keep(count - 8, of: bytes.word(at: start + 8))) else {
                return .other
            }
        }
        if count > 16 {
            guard entries[slot].parts.2.matches(Self.keep(count - 16, of: bytes.word(at: start + 16))) else {
                return .other
            }
        }
        return entries[slot].name
    }

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
