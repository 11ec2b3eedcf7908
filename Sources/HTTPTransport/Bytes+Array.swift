package import Bytes

extension ByteBuffer {
    package mutating func append(_ array: [UInt8]) { append(array.rawBytes) }
}
