import Bytes
import HTTP

extension HTTPFields {
    /// Writes the field lines. A control byte cannot split the message: it is written as a space.
    func write(to buffer: inout ByteBuffer) {
        for field in all {
            Self.write(field.name, to: &buffer)
            buffer.append(": ")
            Self.write(field.value, to: &buffer)
            buffer.append("\r\n")
        }
    }

    /// The same for HTTP/2.
    func write(to block: inout FieldBlock) { block.lines { write(to: &$0) } }

    static func write(_ text: String, to buffer: inout ByteBuffer) {
        for byte in text.utf8 { buffer.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte) }
    }
}
