/// One-shot zstd, for callers without a stream of payloads. Those with one keep a `ZstdCompressor` or a
/// `ZstdDecompressor`: its set-up costs more than a small payload.
package enum Zstd {
    package static func compress(
        _ input: [UInt8], level: Int = 3, dictionary: [UInt8] = []
    ) throws(CompressionError) -> [UInt8] {
        var compressor = try ZstdCompressor(level: level, dictionary: dictionary)
        return compressor.compress(input)
    }

    /// - Parameter limit: bytes that the result may have; exactly `limit` is allowed.
    package static func decompress(
        _ input: [UInt8], limit: Int, dictionary: [UInt8] = []
    ) throws(CompressionError) -> [UInt8] {
        var decompressor = try ZstdDecompressor(dictionary: dictionary)
        return try decompressor.decompress(input, limit: limit)
    }
}
