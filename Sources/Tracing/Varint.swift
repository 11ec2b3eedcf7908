/// Lengths as base-128 varints (protobuf encoding, "Base 128 Varints"): seven bits a byte, the lowest first.
enum Varint {
    /// A message has less than 2^35 bytes.
    static let maximumByteCount = 5

    static func byteCount(of value: Int) -> Int {
        // A value of b bits takes ceil(b / 7) bytes, zero takes one.
        (70 - (value | 1).leadingZeroBitCount) / 7
    }

    /// Writes at most `maximumByteCount` bytes and returns how many.
    static func write(_ value: Int, to start: UnsafeMutablePointer<UInt8>) -> Int {
        precondition(value >= 0 && value < 1 << 35, "not the length of a message")
        var rest = UInt(value)
        var count = 0
        while rest >= 0x80 {
            unsafe start[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            count += 1
        }
        unsafe start[count] = UInt8(rest)
        return count + 1
    }
}
