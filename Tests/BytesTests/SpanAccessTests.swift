import Bytes
import Testing

/// Short copies, word reads and comparisons, at every length around the words that they are made of.
@Suite("Bytes by words")
struct SpanAccessTests {
    private static let lengths = 0...40

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) } }

    @Test("an append of any length is exact, and moves nothing else", arguments: lengths, 0...9)
    func append(count: Int, before: Int) {
        var buffer = ByteBuffer()
        buffer.append(Self.bytes(before).rawBytes)
        buffer.append(Self.bytes(count).rawBytes)
        buffer.append(0xFF)
        #expect([UInt8](buffer.bytes) == Self.bytes(before) + Self.bytes(count) + [0xFF])
    }

    @Test("a literal of any length is appended exactly")
    func literals() {
        var buffer = ByteBuffer()
        for text in ["", "a", "ab", "abc", "abcd", "abcdefg", "abcdefgh", "abcdefghi"] as [StaticString] {
            buffer.append(text)
            buffer.append("|")
        }
        buffer.append("abcdefghijklmnop")
        buffer.append("abcdefghijklmnopq")
        #expect(
            String(decoding: buffer.bytes)
                == "|a|ab|abc|abcd|abcdefg|abcdefgh|abcdefghi|abcdefghijklmnopabcdefghijklmnopq")
    }

    @Test("a word is written with its lowest byte first, across a growth too")
    func words() {
        var buffer = ByteBuffer(capacity: 16)
        for start in stride(from: UInt64(0), to: 40, by: 8) {
            buffer.append(word: (0..<8).reduce(0) { $0 | (start + $1) << ($1 * 8) })
        }
        #expect([UInt8](buffer.bytes) == [UInt8](0..<40))
    }

    @Test("a word reads as zeros behind the end, at every offset of every length", arguments: lengths)
    func wordAtEnd(count: Int) {
        let bytes = Self.bytes(count)
        for offset in 0...count {
            let expected = bytes[offset...].prefix(8).enumerated().reduce(UInt64(0)) {
                $0 | UInt64($1.element) << UInt64($1.offset * 8)
            }
            let word = bytes.rawBytes.word(at: offset)
            #expect(word == expected)
        }
    }

    @Test("a search finds the first byte that passes, between its ends only", arguments: lengths)
    func search(count: Int) {
        for place in 0..<count {
            var bytes = [UInt8](repeating: 1, count: count)
            bytes[place...] = [UInt8](repeating: 0x80, count: count - place)[...]
            for start in 0...count {
                for end in start...count {
                    let found = bytes.rawBytes.firstOffset(from: start, to: end) { $0 & 0x8080_8080_8080_8080 }
                    #expect(found == min(max(place, start), end))
                }
            }
        }
    }

    @Test("equality looks at every byte, and at no byte behind", arguments: lengths)
    func equality(count: Int) {
        let bytes = Self.bytes(count)
        let longer = bytes + [1, 2, 3]
        func areEqual(_ other: [UInt8], first: Int) -> Bool {
            bytes.rawBytes.equals(other.rawBytes.extracting(0..<first))
        }
        #expect(areEqual(longer, first: count))
        #expect(!areEqual(longer, first: count + 1))
        for index in bytes.indices {
            var other = longer
            other[index] ^= 0x80
            #expect(!areEqual(other, first: count))
        }
    }

    @Test("a text is found at the start only, and whole")
    func texts() {
        func starts(_ text: String, with start: StaticString) -> Bool {
            Array(text.utf8).rawBytes.starts(with: start)
        }
        func equals(_ text: String, _ other: StaticString) -> Bool { Array(text.utf8).rawBytes.equals(other) }
        #expect(starts("content-length: 1", with: "content-length") && starts("", with: ""))
        #expect(!starts("content-lengt", with: "content-length"))
        #expect(!starts("xcontent-length", with: "content-length"))
        #expect(equals(":method", ":method") && equals("", ""))
        #expect(!equals(":methos", ":method") && !equals(":methods", ":method"))
    }
}
