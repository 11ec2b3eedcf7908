import Compression
import Testing

@Suite("Zstandard")
struct ZstdTests {
    private static let text = Array(String(repeating: "GET /cart 200 checkout ", count: 400).utf8)

    /// "hello, hello\n" by the zstd 1.5.4 command line tool reading a pipe: a frame without its size.
    private static let foreign: [UInt8] = [
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x69, 0x00, 0x00, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x2c, 0x20, 0x68, 0x65,
        0x6c,
        0x6c, 0x6f, 0x0a, 0x00, 0x53, 0xb3, 0xb7,
    ]

    @Test("gives back what went in", arguments: [0, 1, 5_000, 9_200])
    func roundTrip(count: Int) throws {
        let input = Array(Self.text.prefix(count))
        for level in [-5, 1, 3, 19, 99] {
            #expect(try Zstd.decompress(try Zstd.compress(input, level: level), limit: count) == input)
        }
    }

    @Test("is smaller with a dictionary, and needs the same one to be read")
    func dictionary() throws {
        let dictionary = Array("GET /cart 200 checkout POST /pay 500 payments".utf8)
        let input = Array("GET /cart 200 checkout".utf8)
        let plain = try Zstd.compress(input)
        let packed = try Zstd.compress(input, dictionary: dictionary)
        #expect(packed.count < plain.count)
        #expect(try Zstd.decompress(packed, limit: 22, dictionary: dictionary) == input)
        #expect(throws: CompressionError.self) { try Zstd.decompress(packed, limit: 22) }
    }

    @Test("refuses a dictionary that only claims to be one")
    func malformedDictionary() {
        let bytes: [UInt8] = [0x37, 0xa4, 0x30, 0xec] + [UInt8](repeating: 0xff, count: 60)
        #expect(throws: CompressionError.invalidDictionary) { try Zstd.compress([1], dictionary: bytes) }
        #expect(throws: CompressionError.invalidDictionary) {
            try Zstd.decompress([1], limit: 1, dictionary: bytes)
        }
    }

    @Test("allows exactly the limit and refuses one byte more, whether the frame tells its size or not")
    func limit() throws {
        let packed = try Zstd.compress(Self.text)
        #expect(try Zstd.decompress(packed, limit: Self.text.count) == Self.text)
        #expect(throws: CompressionError.outputLimitExceeded(limit: Self.text.count - 1)) {
            try Zstd.decompress(packed, limit: Self.text.count - 1)
        }
        #expect(throws: CompressionError.outputLimitExceeded(limit: Self.text.count + 1)) {
            try Zstd.decompress(packed + packed, limit: Self.text.count + 1)
        }
    }

    @Test("reads frames in a row as one body, from one kept decoder")
    func frames() throws {
        var compressor = try ZstdCompressor()
        var decompressor = try ZstdDecompressor()
        let packed = compressor.compress([1, 2]) + compressor.compress([]) + compressor.compress([3])
        #expect(try decompressor.decompress(packed, limit: 3) == [1, 2, 3])
        #expect(try decompressor.decompress(packed, limit: 3) == [1, 2, 3])
    }

    @Test("reads what another implementation wrote")
    func foreignFrame() throws {
        #expect(try Zstd.decompress(Self.foreign, limit: 13) == Array("hello, hello\n".utf8))
        #expect(throws: CompressionError.outputLimitExceeded(limit: 12)) {
            try Zstd.decompress(Self.foreign, limit: 12)
        }
    }

    @Test("says that the data ends early at every cut")
    func truncation() throws {
        let packed = try Zstd.compress(Array(Self.text.prefix(600)))
        for length in 0..<packed.count {
            #expect(throws: CompressionError.truncated(.zstd), "cut at \(length)") {
                try Zstd.decompress(Array(packed.prefix(length)), limit: 1_000)
            }
        }
    }

    @Test("refuses a wrong checksum and a foreign format")
    func corruption() throws {
        var packed = try Zstd.compress(Array(Self.text.prefix(600)))
        packed[packed.count - 1] ^= 1
        #expect(throws: CompressionError.corrupt(.zstd, detail: "Restored data doesn't match checksum")) {
            try Zstd.decompress(packed, limit: 600)
        }
        #expect(throws: CompressionError.corrupt(.zstd, detail: "Unknown frame descriptor")) {
            try Zstd.decompress(Array("plain text".utf8), limit: 600)
        }
    }
}
