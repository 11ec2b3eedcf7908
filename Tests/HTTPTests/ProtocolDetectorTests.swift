import Bytes
import HTTP
import Testing

@Suite("The protocol detector")
struct ProtocolDetectorTests {
    static let hello: [UInt8] = [0x16, 3, 1, 0x02, 0x00, 1, 0, 1, 0xFC, 3, 3]

    struct Opening: CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let found: DetectedProtocol
        /// The fewest bytes that decide it.
        let decidedAt: Int

        init(_ name: String, _ bytes: [UInt8], _ found: DetectedProtocol, at decidedAt: Int) {
            testDescription = name
            self.bytes = bytes
            self.found = found
            self.decidedAt = decidedAt
        }
    }

    static let openings = [
        Opening("a ClientHello", hello, .tls, at: 6),
        Opening("a TLS alert", [0x15, 3, 3, 0, 2, 1, 0], .opaque, at: 1),
        Opening("a handshake record that is no hello", [0x16, 3, 3, 0, 40, 2, 0], .opaque, at: 6),
        Opening("a record of another major version", [0x16, 4, 1, 0, 40, 1], .opaque, at: 2),
        Opening("a record longer than TLS allows", [0x16, 3, 1, 0x40, 1, 1], .opaque, at: 5),
        Opening("GET", Array("GET / HTTP/1.1\r\n".utf8), .http1, at: 4),
        Opening("a method that begins like the preface", Array("PRIORITY / HTTP/1.1\r\n".utf8), .http1, at: 9),
        Opening("PRI with another target", Array("PRI / HTTP/1.1\r\n".utf8), .http1, at: 5),
        Opening("a request behind an empty line", Array("\r\nPOST /a HTTP/1.1\r\n".utf8), .http1, at: 7),
        Opening("a bad request line", Array("GET \u{1}\r\n".utf8), .http1, at: 4),
        Opening("the HTTP/2 preface", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8), .http2, at: 24),
        Opening("a broken preface", Array("PRI * HTTP/2.0\r\n\r\nXX".utf8), .http1, at: 19),
        Opening("a Redis command", Array("*1\r\n$4\r\nPING\r\n".utf8), .opaque, at: 3),
        Opening("a PostgreSQL start", [0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F], .opaque, at: 1),
        Opening("an SSH banner", Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), .opaque, at: 20),
        Opening("a word that never ends", Array(repeating: 0x41, count: 64), .opaque, at: 33),
        Opening("a lone line feed", [0x0A, 0x41], .opaque, at: 1),
    ]

    @Test("decides as early as it can, and no further byte changes its mind", arguments: openings)
    func everyPrefix(_ opening: Opening) {
        for count in 0...opening.bytes.count {
            let answer = ProtocolDetector.detect(opening.bytes.rawBytes.extracting(first: count))
            #expect(answer == (count < opening.decidedAt ? .needMore : .found(opening.found)), "\(count) bytes")
        }
    }
}
