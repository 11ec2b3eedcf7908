/// One-shot gzip, for callers without a stream of bodies. Those with one keep a `GzipCompressor` or a
/// `GzipDecompressor` and save its set-up.
package enum Gzip {
    package static func compress(_ input: [UInt8], level: GzipLevel = .fast) -> [UInt8] {
        var compressor = GzipCompressor(level: level)
        return compressor.compress(input)
    }

    package static func compress(_ input: RawSpan, level: GzipLevel = .fast) -> [UInt8] {
        var compressor = GzipCompressor(level: level)
        return compressor.compress(input)
    }

    /// - Parameter limit: bytes that the result may have; exactly `limit` is allowed.
    package static func decompress(_ input: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        var decompressor = GzipDecompressor()
        return try decompressor.decompress(input, limit: limit)
    }

    package static func decompress(_ input: RawSpan, limit: Int) throws(CompressionError) -> [UInt8] {
        var decompressor = GzipDecompressor()
        return try decompressor.decompress(input, limit: limit)
    }
}
