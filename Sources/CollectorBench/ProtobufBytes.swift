/// The few protobuf fields that a load is made of.
extension [UInt8] {
    @inline(__always)
    mutating func append(varint value: Int) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    @inline(__always)
    mutating func append(bigEndian value: UInt64) { append(littleEndian: value.byteSwapped) }

    @inline(__always)
    mutating func append(littleEndian value: UInt64) {
        append(addingCapacity: 8) { room in
            for shift in stride(from: 0, to: 64, by: 8) {
                room.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
            }
        }
    }

    /// - Parameter key: field number and wire type 2 as they stand on the wire, in one byte.
    mutating func append(field key: UInt8, _ content: [UInt8]) {
        append(key)
        append(varint: content.count)
        append(contentsOf: content)
    }

    mutating func append(field key: UInt8, _ text: String) { append(field: key, Array(text.utf8)) }

    /// A KeyValue with a string value as a field of the given key.
    static func attribute(_ key: UInt8, _ name: String, _ value: String) -> [UInt8] {
        var content: [UInt8] = []
        content.append(field: 0x0A, value)
        var pair: [UInt8] = []
        pair.append(field: 0x0A, name)
        pair.append(field: 0x12, content)
        var field: [UInt8] = []
        field.append(field: key, pair)
        return field
    }
}
