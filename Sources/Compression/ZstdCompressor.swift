import CZstd

/// A zstd (RFC 8878) encoder of whole payloads. It keeps its working memory and its digested dictionary between
/// payloads, which for payloads of a few KiB is most of the cost. Each frame carries its size and a checksum.
@safe
package struct ZstdCompressor: ~Copyable {
    private let context: OpaquePointer
    private let dictionary: OpaquePointer?

    /// - Parameters:
    ///   - level: zstd's own scale; out-of-range levels are clamped. 3 is its default, 1 is fast.
    ///   - dictionary: raw content or a trained dictionary; empty for none. The expander needs the same bytes.
    package init(level: Int = 3, dictionary bytes: [UInt8] = []) throws(CompressionError) {
        let clamped = Int32(clamping: max(Int(ZSTD_minCLevel()), min(level, Int(ZSTD_maxCLevel()))))
        if bytes.isEmpty {
            unsafe dictionary = nil
        } else {
            guard
                let digested = unsafe bytes.withUnsafeBytes({
                    unsafe ZSTD_createCDict($0.baseAddress, $0.count, clamped)
                })
            else { throw .invalidDictionary }
            unsafe dictionary = digested
        }
        guard let context = unsafe ZSTD_createCCtx() else { preconditionFailure("zstd could not allocate a context") }
        unsafe self.context = context
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, clamped)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        if let dictionary = unsafe dictionary { unsafe ZSTD_CCtx_refCDict(context, dictionary) }
    }

    deinit {
        unsafe ZSTD_freeCCtx(context)
        unsafe ZSTD_freeCDict(dictionary)
    }

    /// The whole of `input` as one frame.
    package mutating func compress(_ input: RawSpan) -> [UInt8] {
        unsafe input.withUnsafeBytes { unsafe compress($0) }
    }

    package mutating func compress(_ input: [UInt8]) -> [UInt8] {
        unsafe input.withUnsafeBytes { unsafe compress($0) }
    }

    private mutating func compress(_ input: UnsafeRawBufferPointer) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(input.count)) { buffer, filled in
            let size = unsafe ZSTD_compress2(
                context, buffer.baseAddress, buffer.count, input.baseAddress, input.count)
            // With room for the bound, only memory can be missing (zstd.h, ZSTD_compressBound).
            precondition(ZSTD_isError(size) == 0, "zstd could not allocate its working memory")
            filled = size
        }
    }
}
