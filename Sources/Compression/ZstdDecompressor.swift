import CZstd

/// A zstd (RFC 8878) decoder of whole bodies with a limit on what they may expand to. It keeps its working memory
/// and its digested dictionary between bodies. Several frames in a row count as one body (§3).
@safe
package struct ZstdDecompressor: ~Copyable {
    private let context: OpaquePointer
    private let dictionary: OpaquePointer?

    /// - Parameter dictionary: the bytes that the encoder used; empty for none.
    package init(dictionary bytes: [UInt8] = []) throws(CompressionError) {
        if bytes.isEmpty {
            unsafe dictionary = nil
        } else {
            guard
                let digested = unsafe bytes.withUnsafeBytes({
                    unsafe ZSTD_createDDict($0.baseAddress, $0.count)
                })
            else { throw .invalidDictionary }
            unsafe dictionary = digested
        }
        guard let context = unsafe ZSTD_createDCtx() else { preconditionFailure("zstd could not allocate a context") }
        unsafe self.context = context
        unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Limits.zstdWindowLogarithm)
        if let dictionary = unsafe dictionary { unsafe ZSTD_DCtx_refDDict(context, dictionary) }
    }

    deinit {
        unsafe ZSTD_freeDCtx(context)
        unsafe ZSTD_freeDDict(dictionary)
    }

    /// - Parameter limit: bytes that the result may have; exactly `limit` is allowed.
    package mutating func decompress(_ input: RawSpan, limit: Int) throws(CompressionError) -> [UInt8] {
        try unsafe input.withUnsafeBytes { bytes throws(CompressionError) in try unsafe expand(bytes, limit) }
    }

    package mutating func decompress(_ input: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        try unsafe decompress(input.span.bytes, limit: limit)
    }

    private mutating func expand(_ input: UnsafeRawBufferPointer, _ limit: Int) throws(CompressionError) -> [UInt8] {
        guard input.count > 0 else { throw .truncated(.zstd) }
        unsafe ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var output: [UInt8] = []
        var room = try unsafe firstRoom(input, limit)
        while true {
            // One byte more than the limit, so that a body of exactly `limit` bytes is told from a longer one.
            let step = min(room, limit - output.count + 1)
            room = max(Limits.outputStep, output.count)
            let filledBefore = output.count
            let wanted = unsafe expandOnce(step, &source, &output)
            if output.count > limit { throw .outputLimitExceeded(limit: limit) }
            if ZSTD_isError(wanted) != 0 {
                throw .corrupt(.zstd, detail: unsafe String(cString: ZSTD_getErrorName(wanted)))
            }
            let consumedAll = unsafe source.pos == source.size
            if wanted == 0 && consumedAll { return output }
            // A decoder that was left with room and has read everything waits for input that does not exist.
            if consumedAll && output.count - filledBefore < step { throw .truncated(.zstd) }
        }
    }

    /// zstd's own answer: 0 at the end of a frame, a hint of the bytes that it still wants, or an error code.
    private mutating func expandOnce(
        _ capacity: Int, _ source: inout ZSTD_inBuffer, _ output: inout [UInt8]
    ) -> Int {
        var wanted = 0
        output.append(addingCapacity: capacity) { room in
            unsafe room.withUnsafeMutableBufferPointer { buffer, filled in
                var target = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
                wanted = unsafe ZSTD_decompressStream(context, &target, &source)
                filled = unsafe target.pos
            }
        }
        return wanted
    }

    /// Room for the whole frame when its header tells the size: zstd then decodes in one pass, without a window.
    private func firstRoom(_ input: UnsafeRawBufferPointer, _ limit: Int) throws(CompressionError) -> Int {
        let size = unsafe ZSTD_getFrameContentSize(input.baseAddress, input.count)
        let unknown = UInt64.max
        let unreadable = UInt64.max - 1
        if size == unknown || size == unreadable { return Limits.outputStep }
        guard size <= UInt64(limit) else { throw .outputLimitExceeded(limit: limit) }
        return Int(size) + 1
    }
}
