import EventLoop
import Testing

@testable import HTTPTransport

@Suite("An http URL")
struct HTTPURLTests {
    @Test(
        "comes apart",
        arguments: [
            ("http://localhost:4318/v1/traces", "localhost", 4318, "/v1/traces"),
            ("HTTP://a.b", "a.b", 80, "/"),
            ("http://10.0.0.1:9090/api?q=1#f", "10.0.0.1", 9090, "/api?q=1"),
            ("http://[::1]:80?x", "[::1]", 80, "/?x"),
        ] as [(String, String, UInt16, String)])
    func parts(text: String, host: String, port: UInt16, target: String) throws {
        let url = try #require(HTTPURL(text))
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
    }

    @Test(
        "is refused when it is not one",
        arguments: [
            "", "http://", "https://a/", "localhost:80", "http://u@h/", "http://h:0/", "http://h:66000/", "http://h:/",
            "http://h h/", "http://[::1/", "http:///x", "http://h/\r\nX: y",
        ])
    func refused(text: String) { #expect(HTTPURL(text) == nil) }

    @Test("resolves literals and localhost")
    func resolution() {
        #expect(HTTPURL("http://127.0.0.1:80/")?.resolve() == SocketAddress("127.0.0.1:80"))
        #expect(HTTPURL("http://[::1]:81/")?.resolve() == SocketAddress("[::1]:81"))
        #expect(HTTPURL("http://localhost:82/")?.resolve() == SocketAddress("127.0.0.1:82"))
        #expect(HTTPURL("http://no-such-name.invalid:82/")?.resolve() == nil)
    }
}

@Suite("A request's parts")
struct HTTPRequestTests {
    private func request(_ target: String) -> HTTPRequest {
        HTTPRequest(method: "GET", target: target, fields: [:], peer: SocketAddress(v4: 0, port: 0))
    }

    @Test(
        "path and query of every form of target",
        arguments: [
            ("/a%2Fb?x=1?2", "/a%2Fb", "x=1?2"), ("http://h:1/p?q", "/p", "q"), ("http://h", "/", ""),
            ("http://h?q", "/", "q"), ("*", "*", ""), ("/x?u=http://y/", "/x", "u=http://y/"),
        ])
    func target(target: String, path: String, query: String) {
        #expect(request(target).path == path)
        #expect(request(target).query == query)
    }

    @Test("query items are decoded, in order, with repeats")
    func items() {
        let parsed = request("/?a=1+2%2B&b&a=%C3%A4&=x&c=%zz%4")
        #expect(parsed.queryValues("a") == ["1 2+", "ä"])
        #expect(parsed.queryValue("b") == "")
        #expect(parsed.queryValue("c") == "%zz%4")
        #expect(parsed.queryValue("d") == nil)
    }

    @Test("segments are decoded after they are split")
    func segments() {
        #expect(request("/api/services/a%2Fb/operations").segments == ["api", "services", "a/b", "operations"])
    }

    @Test("encoding and decoding are inverse")
    func encoding() {
        let text = "a b/ä?&=%~-._+"
        #expect(PercentEncoding.encode(text) == "a%20b%2F%C3%A4%3F%26%3D%25~-._%2B")
        #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
    }

    @Test("a list field is split across lines")
    func list() {
        let fields: HTTPFields = ["Accept": "a, b ,", "accept": " c"]
        #expect(fields.list("ACCEPT") == ["a", "b", "c"])
    }
}
