package import Bytes

extension ByteBuffer {
    /// Appends up to `limit` readable bytes to `array` and consumes them. - Returns: how many.
    mutating func move(upTo limit: Int, into array: inout [UInt8]) -> Int {
        let taken = Swift.min(limit, count)
        unsafe withReadableBytes { unsafe array.append(contentsOf: $0[..<taken]) }
        consume(taken)
        return taken
    }

    package mutating func append(_ array: [UInt8]) { unsafe append(array.span.bytes) }
}
