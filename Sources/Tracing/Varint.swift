/// Lengths as base-128 varints (protobuf encoding, "Base 128 Varints"): seven bits a byte, the lowest first.
struct Varint {
    /// A message has less than 2^35 bytes.
    static let maximumByteCount = 5

    /// The first `count` of them are the number.
    private(set) var bytes = InlineArray<5, UInt8>(repeating: 0)
    private(set) var count = 0

    init(_ value: Int) {
        precondition(value >= 0 && value < 1 << 35, "not the length of a message")
        var rest = UInt(value)
        while rest >= 0x80 {
            bytes[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            count += 1
        }
        bytes[count] = UInt8(rest)
        count += 1
    }

    static func byteCount(of value: Int) -> Int {
        // A value of b bits takes ceil(b / 7) bytes, zero takes one.
        (70 - (value | 1).leadingZeroBitCount) / 7
    }
}
