import Bytes
import Testing

@Suite("A byte buffer")
struct ByteBufferTests {
    private func text(_ buffer: borrowing ByteBuffer) -> String {
        let span = buffer.bytes
        return String(decoding: (0..<span.byteCount).map { span.unsafeLoadByte($0) }, as: UTF8.self)
    }

    @Test("keeps what was appended, in order, through growth and partial reads")
    func ordering() {
        var buffer = ByteBuffer(capacity: 16)
        for number in 0..<200 {
            buffer.append(decimal: UInt64(number))
            buffer.append(",")
        }
        buffer.consume(2)
        #expect(text(buffer).hasPrefix("1,2,3,4"))
        #expect(text(buffer).hasSuffix("198,199,"))
    }

    @Test("returns to its start when it has been drained, so that it never moves memory")
    func drained() {
        var buffer = ByteBuffer(capacity: 64)
        buffer.append("hello")
        buffer.consume(5)
        #expect(buffer.writableCount == buffer.capacity)
    }

    @Test("copies views into arrays and texts")
    func copies() {
        var array: [UInt8] = [1]
        let text: StaticString = "héé"
        array.append(text.rawBytes)
        #expect(array == [1] + Array("héé".utf8))
        #expect([UInt8](array.rawBytes.extracting(1..<3)) == [0x68, 0xC3])
        #expect(String(decoding: array.rawBytes.extracting(1..<3)) == "h\u{FFFD}")
    }

    @Test("writes decimal numbers exactly", arguments: [0, 9, 10, 99, 100, 18_446_744_073_709_551_615])
    func decimals(number: UInt64) {
        var buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(text(buffer) == String(number))
    }
}

extension RawSpan {
    fileprivate func unsafeLoadByte(_ offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
