import Bytes
import HTTP
import Testing

@Suite("Expect, interim responses (§1.6) and upgrades (§1.8)")
struct ExpectAndUpgradeTests {
    @Test(
        "I1 reports interim heads as heads of their own",
        arguments: [
            ("100 Continue", 100), ("102 Processing", 102), ("103 Early Hints", 103), ("199 X", 199),
        ])
    func interim(line: String, status: Int) {
        let outcome = response("HTTP/1.1 \(line)\r\nLink: </a>\r\n\r\n" + ok("Content-Length: 0"))
        guard case .accepted(let model, let rest) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(model.status == status)
        #expect(model.isInterim)
        #expect(model.framing == .none)
        #expect(model.keepAlive)
        #expect(rest == ok("Content-Length: 0"))
        #expect(forwardedResponse("HTTP/1.1 \(line)\r\nLink: </a>\r\n\r\n") == "HTTP/1.1 \(line)\r\nLink: </a>\r\n\r\n")
    }

    @Test("I3 knows that a client waits for 100, and passes it on")
    func expectContinue() {
        let bytes = post("Expect: 100-Continue", "Content-Length: 5")
        #expect(request(bytes).model?.expectsContinue == true)
        #expect(forwardedRequest(bytes) == post("Content-Length: 5", "Expect: 100-continue"))
        var forwarding = RequestForwarding()
        forwarding.forwardsExpectation = false
        #expect(forwardedRequest(bytes, forwarding) == post("Content-Length: 5"))
        #expect(request(post("Expect: 100-continue")).model?.expectsContinue == false)
        #expect(request(post("Expect: 100-continue", "Content-Length: 0")).model?.expectsContinue == false)
        #expect(request(post("Expect: 100-continue", "Transfer-Encoding: chunked")).model?.expectsContinue == true)
    }

    @Test(
        "I5 answers 417 to an unknown expectation",
        arguments: [
            "foo", "y 100-continue", "100-continue, foo", "", "100-continue;q=1",
        ])
    func unknownExpectation(value: String) {
        #expect(request(post("Expect: \(value)", "Content-Length: 5")) == .refused(.unknownExpectation))
        #expect(HTTPError.unknownExpectation.status == 417)
        #expect(HTTPError.unknownExpectation.requestReason == .expectationFailed)
    }

    @Test("I5 ignores Expect in HTTP/1.0")
    func http10() {
        let bytes = "POST / HTTP/1.0\r\nHost: a\r\nExpect: foo\r\nContent-Length: 5\r\n\r\n"
        #expect(request(bytes).model?.expectsContinue == false)
        #expect(forwardedRequest(bytes) == post("Content-Length: 5"))
    }

    @Test(
        "I6 takes a 101 only for the protocol that was asked for",
        arguments: [
            ("Upgrade: foo", "Upgrade: foo", true), ("Upgrade: Foo/1", "Upgrade: foo/1", true),
            ("Upgrade: foo", "Upgrade: bar", false), ("X: y", "Upgrade: foo", false),
            ("Upgrade: h2c", "Upgrade: h2c", false), ("Upgrade: foo, bar", "Upgrade: bar", false),
        ])
    func switching(asked: String, answer: String, expected: Bool) {
        var request = RequestHead()
        var response = ResponseHead()
        #expect(request.parse(get("Connection: upgrade", asked).latin1.rawBytes) == nil)
        let bytes = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\(answer)\r\n\r\n"
        #expect(response.parse(bytes.latin1.rawBytes, for: .get) == nil)
        #expect(response.isTunnel == true)
        #expect(response.isInterim == false)
        let switches = response.switchesAsAsked(by: request)
        #expect(switches == expected)
    }

    @Test(
        "I6 refuses a 101 that does not say to what",
        arguments: [
            "Connection: upgrade\r\n", "Upgrade: foo\r\n", "Connection: upgrade\r\nUpgrade: foo, bar\r\n",
            "Connection: upgrade\r\nUpgrade: foo\r\nUpgrade: bar\r\n", "",
        ])
    func vague101(lines: String) {
        #expect(response("HTTP/1.1 101 Switching Protocols\r\n\(lines)\r\n") == .refused(.invalidUpgrade))
    }

    @Test("I7 refuses interim responses with a body", arguments: ["Content-Length: 5", "Transfer-Encoding: chunked"])
    func interimBody(line: String) {
        #expect(response("HTTP/1.1 103 Early Hints\r\n\(line)\r\n\r\n") == .refused(.interimResponseWithBody))
        #expect(response("HTTP/1.1 100 Continue\r\n\(line)\r\n\r\n") == .refused(.interimResponseWithBody))
    }

    @Test("I7 strips a length of zero from an interim response")
    func interimZeroLength() {
        #expect(
            forwardedResponse("HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test("U1 ignores Upgrade without its Connection token, and in HTTP/1.0")
    func unmatchedUpgrade() {
        #expect(request(get("Upgrade: foo")).model?.upgrade == nil)
        #expect(forwardedRequest(get("Upgrade: foo")) == get())
        let http10 = "GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
        #expect(request(http10).model?.upgrade == nil)
        #expect(forwardedRequest(http10) == get())
        #expect(forwardedRequest(get("Connection: upgrade")) == get())
    }

    @Test("U1 passes an upgrade on")
    func upgrade() {
        let bytes = get("Connection: keep-alive, Upgrade", "Upgrade: foo/2")
        #expect(request(bytes).model?.upgrade == "foo/2")
        #expect(forwardedRequest(bytes) == get("Upgrade: foo/2", "Connection: Upgrade"))
        var forwarding = RequestForwarding()
        forwarding.forwardsUpgrade = false
        #expect(forwardedRequest(bytes, forwarding) == get())
    }

    @Test("U2 strips h2c and HTTP2-Settings", arguments: ["h2c", "H2C", "h2", "HTTP/2.0"])
    func h2c(name: String) {
        let bytes = get("Connection: Upgrade, HTTP2-Settings", "Upgrade: \(name)", "HTTP2-Settings: AAMAAABk")
        #expect(request(bytes).model?.upgrade == nil)
        #expect(forwardedRequest(bytes) == get())
        #expect(request(get("Connection: Upgrade", "Upgrade: \(name), foo")).model?.upgrade == "foo")
    }

    @Test("U3, D23 leaves what stands behind the head alone")
    func held() {
        guard
            case .accepted(let model, let rest) = request(get("Connection: Upgrade", "Upgrade: foo") + get("X: 2"))
        else {
            Issue.record("refused")
            return
        }
        #expect(model.framing == .none)
        #expect(rest == get("X: 2"))
    }

    @Test(
        "U4 refuses a WebSocket without a proper key",
        arguments: [
            [], ["Sec-WebSocket-Key: x"], ["Sec-WebSocket-Key: "], ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ="],
            ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
            ["Sec-WebSocket-Key: dGhlIHNhb(BsZSBub25jZQ=="],
        ])
    func webSocketKey(lines: [String]) {
        let bytes =
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
            + lines.map { $0 + "\r\n" }.joined() + "\r\n"
        #expect(request(bytes) == .refused(.invalidWebSocketKey))
        #expect(HTTPError.invalidWebSocketKey.status == 400)
    }

    @Test(
        "U4 checks the answer to the key",
        arguments: [
            ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", true), ("s3pPLMBiTxaQ9kYGzzhZRbK+xOp=", false), ("", false),
        ])
    func webSocketAccept(accept: String, expected: Bool) {
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        var request = RequestHead()
        var response = ResponseHead()
        #expect(
            request.parse(get("Connection: Upgrade", "Upgrade: websocket", key).latin1.rawBytes) == nil)
        let bytes =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n"
        #expect(response.parse(bytes.latin1.rawBytes, for: .get) == nil)
        let switches = response.switchesAsAsked(by: request)
        #expect(switches == expected)
        #expect(
            forwardedResponse(bytes)
                == "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: \(accept)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
    }

    @Test("U4 refuses a 101 to a WebSocket without Accept")
    func webSocketWithoutAccept() {
        var request = RequestHead()
        var response = ResponseHead()
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        #expect(request.parse(get("Connection: Upgrade", "Upgrade: websocket", key).latin1.rawBytes) == nil)
        let bytes = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        #expect(response.parse(bytes.latin1.rawBytes, for: .get) == nil)
        let switches = response.switchesAsAsked(by: request)
        #expect(!switches)
    }

    @Test("U5 refuses an upgrade with a body")
    func upgradeWithBody() {
        #expect(
            request(post("Connection: Upgrade", "Upgrade: foo", "Content-Length: 5")) == .refused(.upgradeWithBody))
        #expect(
            request(post("Connection: Upgrade", "Upgrade: foo", "Content-Length: 0")).model?.upgrade == "foo")
        #expect(
            request(post("Connection: Upgrade", "Upgrade: h2c", "Content-Length: 5")).model?.framing == .length(5))
    }

    @Test("U5 refuses an Upgrade that is no protocol", arguments: ["foo bar", "/", "a/", "a/b/c", "a;q=1", "\"a\""])
    func malformedUpgrade(value: String) {
        #expect(request(get("Connection: Upgrade", "Upgrade: \(value)")) == .refused(.invalidUpgrade))
    }

    @Test("U6, D24 ignores framing in a 2xx to CONNECT, and holds early data apart")
    func connect() {
        for line in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
            guard case .accepted(let model, let rest) = response(ok(line) + "early", to: .connect) else {
                Issue.record("refused")
                return
            }
            #expect(model.isTunnel)
            #expect(model.framing == .none)
            #expect(rest == "early")
            #expect(forwardedResponse(ok(line), to: .connect) == ok())
        }
        #expect(response("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n", to: .connect).model?.framing == .length(5))
        guard case .accepted(let model, let rest) = request("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nearly") else {
            Issue.record("refused")
            return
        }
        #expect(model.framing == .none)
        #expect(rest == "early")
    }
}
