/// The fixed sizes of this target. Output limits are the caller's, per call.
enum Limits {
    /// Bytes of room offered to a compressor or an expander at a time when the result's size is unknown.
    static let outputStep = 32 * 1024
    /// Largest expansion that a deflate stream can reach per input byte (zlib's documentation, "maximum
    /// compression factor"); a gzip trailer that claims more is a lie and is not used as a hint.
    static let deflateMaximumRatio = 1032
    /// Base-2 logarithm of the largest zstd window accepted from a stream of unknown size: 8 MiB, what RFC 8878
    /// §3.1.1.1.2 asks every decoder to support. A larger one is refused, since the window is memory.
    static let zstdWindowLogarithm: Int32 = 23
}
