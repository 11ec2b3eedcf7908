import CZlib

/// A gzip (RFC 1952) decoder of whole bodies with a limit on what they may expand to. It keeps its state between
/// bodies. Several members in a row count as one body (§2.2); anything else after the last member is an error.
@safe
package struct GzipDecompressor: ~Copyable {
    /// On the heap because zlib's state keeps the address of its stream.
    private let stream: UnsafeMutablePointer<z_stream>

    package init() {
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let gzipWindow = 15 + 16
        let status = unsafe inflateInit2_(
            stream, Int32(gzipWindow), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib could not allocate its state")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// - Parameter limit: bytes that the result may have; exactly `limit` is allowed.
    package mutating func decompress(_ input: RawSpan, limit: Int) throws(CompressionError) -> [UInt8] {
        try unsafe input.withUnsafeBytes { bytes throws(CompressionError) in try unsafe expand(bytes, limit) }
    }

    package mutating func decompress(_ input: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        try unsafe decompress(input.span.bytes, limit: limit)
    }

    private mutating func expand(_ input: UnsafeRawBufferPointer, _ limit: Int) throws(CompressionError) -> [UInt8] {
        precondition(input.count <= Int(UInt32.max), "zlib takes at most 4 GiB at a time")
        unsafe inflateReset(stream)
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(input.count)
        var output: [UInt8] = []
        var room = unsafe hintedSize(input)
        while true {
            // One byte more than the limit, so that a body of exactly `limit` bytes is told from a longer one.
            let step = min(room, limit - output.count + 1)
            room = max(Limits.outputStep, output.count)
            switch inflateOnce(step, &output) {
            case Z_STREAM_END where output.count <= limit:
                if unsafe stream.pointee.avail_in == 0 { return output }
                unsafe inflateReset(stream)
            case _ where output.count > limit:
                throw .outputLimitExceeded(limit: limit)
            case Z_OK, Z_BUF_ERROR:
                if unsafe stream.pointee.avail_in == 0 && stream.pointee.avail_out > 0 { throw .truncated(.gzip) }
            default:
                throw .corrupt(
                    .gzip, detail: unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "no reason")
            }
        }
    }

    private mutating func inflateOnce(_ capacity: Int, _ output: inout [UInt8]) -> Int32 {
        var status = Z_OK
        output.append(addingCapacity: capacity) { room in
            unsafe room.withUnsafeMutableBufferPointer { buffer, filled in
                unsafe stream.pointee.next_out = buffer.baseAddress
                unsafe stream.pointee.avail_out = UInt32(clamping: buffer.count)
                let offered = Int(unsafe stream.pointee.avail_out)
                status = unsafe inflate(stream, Z_NO_FLUSH)
                filled = offered - Int(unsafe stream.pointee.avail_out)
            }
        }
        return status
    }

    /// The size that the trailer (RFC 1952 §2.3.1, ISIZE) claims, when deflate could produce that much from this
    /// input: one right-sized allocation in the honest case, never more than the ratio allows in the other.
    private func hintedSize(_ input: UnsafeRawBufferPointer) -> Int {
        guard input.count >= 18 else { return Limits.outputStep }
        let claimed = unsafe UInt32(
            littleEndian: input.loadUnaligned(fromByteOffset: input.count - 4, as: UInt32.self))
        guard Int(claimed) / Limits.deflateMaximumRatio <= input.count else { return Limits.outputStep }
        return Int(claimed) + 1
    }
}
