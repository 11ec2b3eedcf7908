import Bytes
import HTTP
import Testing

@Suite("Host (§1.4)")
struct HostTests {
    private static func host(_ value: String) -> String { "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n" }

    static let refused: [Refused] =
        [
            Refused("O1", "GET / HTTP/1.1\r\n\r\n", .missingHost),
            Refused("O1 absolute form", "GET http://a/ HTTP/1.1\r\nFoo: x\r\n\r\n", .missingHost),
            Refused("O2 same", get("Host: a"), .repeatedHost),
            Refused("O2 other", get("Host: b"), .repeatedHost),
            Refused("O2 in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n", .repeatedHost),
            Refused("O3 NUL", host("a\0b"), .controlByte),
            Refused("O4", host(" "), .invalidHost),
            Refused("O4 no space", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .invalidHost),
            Refused("O4 absolute form", "GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n", .invalidHost),
        ]
        + [
            "a,b", "a, b", "u@a", "u:p@a", "a/b", "a:99999", "a:65536", "a:-1", "a:8x", "a:80:80", ":80", "a b", "a\\b",
            "a?b", "a#b", "a%00b", "%61", "a;b", "[::1", "[::1]x", "[]", "[1]", "[::g]", "[::1%25eth0]", "[v1.a]",
            "a\"",
            "http://a", "a\u{E9}", "[1:2:3:4:5:6:7:8:9:0]",
        ].map { Refused("O3", host($0), .invalidHost) }

    @Test("refuses with 400", arguments: refused)
    func refusal(_ row: Refused) {
        #expect(request(row.bytes) == .refused(row.expected))
        #expect(row.expected.status == 400)
    }

    @Test("O5 takes HTTP/1.0 without Host and writes the one that it is given")
    func http10() {
        let bytes = "GET / HTTP/1.0\r\n\r\n"
        let model = request(bytes).model
        #expect(model?.host == "")
        #expect(model?.versionMinor == 0)
        var forwarding = RequestForwarding()
        forwarding.defaultHost = "10.0.0.7:8080".latin1
        #expect(forwardedRequest(bytes, forwarding) == "GET / HTTP/1.1\r\nHost: 10.0.0.7:8080\r\n\r\n")
    }

    @Test(
        "O6 forwards a host as received and takes it apart for matching",
        arguments: [
            ("A.:80", "A.", UInt16(80)), ("shop.example", "shop.example", nil), ("10.0.0.1:8080", "10.0.0.1", 8080),
            ("[::1]:443", "[::1]", 443), ("[2001:db8::192.0.2.1]", "[2001:db8::192.0.2.1]", nil), ("a:", "a", nil),
            ("a_b-c.d~e", "a_b-c.d~e", nil), ("a:00080", "a", 80), ("a:65535", "a", 65535),
        ] as [(String, String, UInt16?)])
    func parts(value: String, name: String, port: UInt16?) {
        let bytes = Self.host(value)
        #expect(request(bytes).model?.host == value)
        var head = RequestHead()
        #expect(head.parse(bytes.latin1.rawBytes) == nil)
        #expect(text(head[head.hostName]) == name)
        #expect(head.hostPort == port)
        #expect(forwardedRequest(bytes) == bytes)
    }
}
