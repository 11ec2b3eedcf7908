package import Bytes

extension ByteBuffer {
    package mutating func append(_ array: [UInt8]) { append(array.rawBytes) }
}

extension [UInt8] {
    package mutating func append(_ span: RawSpan) {
        unsafe span.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}

extension String {
    /// Bytes that are not UTF-8 become U+FFFD.
    init(_ span: RawSpan) {
        var bytes: [UInt8] = []
        bytes.append(span)
        self = String(decoding: bytes, as: UTF8.self)
    }
}
