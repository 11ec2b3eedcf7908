import Compression
import Testing

@Suite("Gzip")
struct GzipTests {
    /// Bytes that compress somewhat: a small cycle with a drifting part, the same on each run.
    private static func sample(_ count: Int) -> [UInt8] {
        var state: UInt32 = 2_463_534_242
        return (0..<count).map { index in
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            return index % 3 == 0 ? UInt8(truncatingIfNeeded: state) & 15 : UInt8(truncatingIfNeeded: index / 7)
        }
    }

    /// "hello, hello\n" by GNU gzip 1.12 with -n.
    private static let foreign: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0xc8,
        0x00,
        0x51, 0x5c, 0x00, 0xdb, 0x25, 0x26, 0x1f, 0x0d, 0x00, 0x00, 0x00,
    ]

    @Test("gives back what went in", arguments: [0, 1, 13, 32_767, 32_768, 32_769, 300_000, 3_000_000])
    func roundTrip(count: Int) throws {
        let input = Self.sample(count)
        for level in [GzipLevel.fast, .balanced] {
            let packed = Gzip.compress(input, level: level)
            #expect(Array(packed.prefix(3)) == [0x1f, 0x8b, 8])
            #expect(try Gzip.decompress(packed, limit: count) == input)
        }
    }

    @Test("makes the same bytes of a stream in pieces as a receiver can read, and starts anew after finish")
    func streaming() throws {
        let input = Self.sample(100_000)
        var compressor = GzipCompressor(level: .fast)
        for _ in 0..<2 {
            var packed: [UInt8] = []
            for start in stride(from: 0, to: input.count, by: 999) {
                compressor.append(Array(input[start..<min(start + 999, input.count)]), to: &packed)
            }
            compressor.flush(to: &packed)
            compressor.finish(to: &packed)
            #expect(try Gzip.decompress(packed, limit: input.count) == input)
        }
    }

    @Test("reads what another implementation wrote")
    func foreignMember() throws {
        #expect(try Gzip.decompress(Self.foreign, limit: 100) == Array("hello, hello\n".utf8))
    }

    @Test("reads members in a row as one body")
    func members() throws {
        let packed = Gzip.compress([1, 2, 3]) + Gzip.compress([]) + Gzip.compress([4])
        #expect(try Gzip.decompress(packed, limit: 4) == [1, 2, 3, 4])
    }

    @Test("allows exactly the limit and refuses one byte more")
    func limit() throws {
        let packed = Gzip.compress([UInt8](repeating: 7, count: 50_000))
        #expect(try Gzip.decompress(packed, limit: 50_000).count == 50_000)
        #expect(throws: CompressionError.outputLimitExceeded(limit: 49_999)) {
            try Gzip.decompress(packed, limit: 49_999)
        }
        #expect(throws: CompressionError.outputLimitExceeded(limit: 0)) { try Gzip.decompress(packed, limit: 0) }
        #expect(throws: CompressionError.outputLimitExceeded(limit: 1)) {
            try Gzip.decompress(Gzip.compress([1]) + Gzip.compress([2]), limit: 1)
        }
    }

    @Test("is not fooled by a trailer that claims another size")
    func lyingTrailer() {
        var packed = Gzip.compress([UInt8](repeating: 7, count: 50_000))
        packed.replaceSubrange((packed.count - 4)..., with: [1, 0, 0, 0])
        #expect(throws: CompressionError.corrupt(.gzip, detail: "incorrect length check")) {
            try Gzip.decompress(packed, limit: 60_000)
        }
    }

    @Test("says that the data ends early at every cut")
    func truncation() {
        for length in 0..<Self.foreign.count {
            #expect(throws: CompressionError.truncated(.gzip)) {
                try Gzip.decompress(Array(Self.foreign.prefix(length)), limit: 100)
            }
        }
    }

    @Test("refuses a wrong checksum, a foreign format and bytes after the end")
    func corruption() {
        var flipped = Self.foreign
        flipped[22] ^= 1
        #expect(throws: CompressionError.corrupt(.gzip, detail: "incorrect data check")) {
            try Gzip.decompress(flipped, limit: 100)
        }
        #expect(throws: CompressionError.corrupt(.gzip, detail: "incorrect header check")) {
            try Gzip.decompress(Array("plain text".utf8), limit: 100)
        }
        #expect(throws: CompressionError.corrupt(.gzip, detail: "incorrect header check")) {
            try Gzip.decompress(Self.foreign + [9, 9, 9], limit: 100)
        }
    }

    @Test("works on after an error")
    func reuse() throws {
        var decompressor = GzipDecompressor()
        do {
            _ = try decompressor.decompress([1, 2, 3], limit: 9)
        } catch {
            #expect(error == .corrupt(.gzip, detail: "incorrect header check"))
        }
        #expect(try decompressor.decompress(Self.foreign, limit: 13) == Array("hello, hello\n".utf8))
    }
}
