import Bytes
import HTTP
import Testing

@Suite("A request head")
struct RequestHeadTests {
    @Test("is read into its model, whatever the splits")
    func typical() throws {
        let outcome = request(
            "GET /a/b?c=d HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: wrk\r\nX-Unknown:\t v \r\n\r\nrest")
        guard case .accepted(let model, let rest) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(rest == "rest")
        #expect(model.method == "GET")
        #expect(model.path == "/a/b")
        #expect(model.query == "c=d")
        #expect(model.host == "shop.example:8080")
        #expect(model.port == 8080)
        #expect(model.framing == .none)
        #expect(model.keepAlive)
        #expect(
            model.fields == [
                FieldModel(name: "Host", value: "shop.example:8080"), FieldModel(name: "User-Agent", value: "wrk"),
                FieldModel(name: "X-Unknown", value: "v"),
            ])
    }

    @Test("is written for the next hop without its connection fields")
    func forwarded() {
        let received = """
            POST http://shop.example/cart?id=1 HTTP/1.1\r
            Host: proxy\r
            Connection: X-Secret, keep-alive\r
            X-Secret: 1\r
            Keep-Alive: 5\r
            Accept:*/*\r
            Content-Length: 005\r
            User-Agent: curl\r
            Traceparent: x\r
            \r

            """
        var head = RequestHead()
        let error = head.parse(received.latin1.rawBytes)
        #expect(error == nil)
        var forwarding = RequestForwarding()
        forwarding.removing = [.traceparent]
        forwarding.via = Array("martlet".utf8)
        var out = ByteBuffer()
        HeadWriter.writeRequest(head, forwarding, to: &out) { $0.field("traceparent", "00-y") }
        #expect(
            text(out) == """
                POST /cart?id=1 HTTP/1.1\r
                Host: shop.example\r
                Accept: */*\r
                User-Agent: curl\r
                traceparent: 00-y\r
                Via: 1.1 martlet\r
                Content-Length: 5\r
                \r

                """)
    }
}
