import CZlib

/// How much time deflate may spend per byte.
package enum GzipLevel: Int32, Sendable {
    /// zlib level 1: for answers made on demand, such as a scrape.
    case fast = 1
    /// zlib level 6: for bytes that are kept or that cross an expensive link.
    case balanced = 6

    /// Base-2 logarithm of the bytes looked back at. Half the largest window costs `fast` neither time nor size (what
    /// it compresses repeats within lines), and less memory.
    fileprivate var windowLogarithm: Int32 {
        switch self {
        case .fast: 14
        case .balanced: 15
        }
    }

    /// zlib's 1…9: the state takes 2^(windowLogarithm + 2) + 2^(memoryLevel + 9) bytes, so 96 or 256 KiB.
    fileprivate var memoryLevel: Int32 {
        switch self {
        case .fast: 6
        case .balanced: 8
        }
    }
}

/// A gzip (RFC 1952) encoder that appends to the caller's array. One value makes any number of members, one after the
/// other, and keeps its state between them.
@safe
package struct GzipCompressor: ~Copyable {
    /// On the heap because zlib's state keeps the address of its stream.
    private let stream: UnsafeMutablePointer<z_stream>

    package init(level: GzipLevel = .fast) {
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let gzipFraming: Int32 = 16
        let status = unsafe deflateInit2_(
            stream, level.rawValue, Z_DEFLATED, level.windowLogarithm + gzipFraming, level.memoryLevel,
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib could not allocate its state")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Takes `input` in; what zlib gives out so far is appended to `output`, which may be nothing.
    package mutating func append(_ input: RawSpan, to output: inout [UInt8]) {
        unsafe input.withUnsafeBytes { unsafe run(Z_NO_FLUSH, $0, &output) }
    }

    package mutating func append(_ input: [UInt8], to output: inout [UInt8]) {
        unsafe input.withUnsafeBytes { unsafe run(Z_NO_FLUSH, $0, &output) }
    }

    /// Gives out everything taken in so far, so that the receiver can expand it now; costs about five bytes.
    package mutating func flush(to output: inout [UInt8]) {
        unsafe run(Z_SYNC_FLUSH, UnsafeRawBufferPointer(start: nil, count: 0), &output)
    }

    /// Ends the member; the next `append` begins a new one.
    package mutating func finish(to output: inout [UInt8]) {
        unsafe run(Z_FINISH, UnsafeRawBufferPointer(start: nil, count: 0), &output)
        unsafe deflateReset(stream)
    }

    /// The whole of `input` as one member.
    package mutating func compress(_ input: RawSpan) -> [UInt8] {
        unsafe input.withUnsafeBytes { unsafe compress($0) }
    }

    package mutating func compress(_ input: [UInt8]) -> [UInt8] {
        unsafe input.withUnsafeBytes { unsafe compress($0) }
    }

    private mutating func compress(_ input: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(input.count / 8 + 64)
        unsafe run(Z_FINISH, input, &output)
        unsafe deflateReset(stream)
        return output
    }

    private mutating func run(_ mode: Int32, _ input: UnsafeRawBufferPointer, _ output: inout [UInt8]) {
        precondition(input.count <= Int(UInt32.max), "zlib takes at most 4 GiB at a time")
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(input.count)
        repeat {
            output.append(addingCapacity: Limits.outputStep) { room in
                unsafe room.withUnsafeMutableBufferPointer { buffer, filled in
                    unsafe stream.pointee.next_out = buffer.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(buffer.count)
                    let status = unsafe deflate(stream, mode)
                    precondition(status != Z_STREAM_ERROR, "the deflate state was overwritten")
                    filled = buffer.count - Int(unsafe stream.pointee.avail_out)
                }
            }
            // Room left over means that zlib has nothing more to give for this mode (zlib.h, deflate).
        } while unsafe stream.pointee.avail_out == 0
    }
}
