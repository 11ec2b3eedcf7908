import HTTP
import HTTP2
import Testing

@Suite("Limits of heads that are not the usual ones")
struct HeadLimitTests {
    private static func limits(
        _ headBytes: Int, fields: Int = 100, targetBytes: Int = 8192, _ base: HTTP2Limits = HTTP2Limits()
    ) -> HTTP2Limits {
        var limits = base
        limits.limitHeads(
            to: heads(headBytes, fields: fields, targetBytes: targetBytes), within: base.headNanoseconds)
        return limits
    }

    private static func heads(_ headBytes: Int, fields: Int = 100, targetBytes: Int = 8192) -> HTTPLimits {
        var heads = HTTPLimits()
        heads.headBytes = headBytes
        heads.fields = fields
        heads.startLineBytes = targetBytes
        return heads
    }

    /// A request with as many fields, each of `each` bytes and some.
    private static func request(_ fields: Int, of each: Int, target: String = "/") -> RequestHead {
        let lines = (0..<fields).map { "X-\($0): \(String(repeating: "x", count: each))\r\n" }.joined()
        return RequestHead("GET \(target) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n", limits: heads(1 << 21, fields: 10_000))
    }

    private static func pair(_ server: HTTP2Limits, client: HTTP2Limits = HTTP2Limits()) -> (Endpoint, Endpoint) {
        let pair = (Endpoint(.client, limits: client), Endpoint(.server, limits: server))
        exchange(pair.0, pair.1)
        return pair
    }

    /// Sends it. - Returns: what the server was told first of its stream; nil where it was not sent.
    private static func told(_ client: Endpoint, _ server: Endpoint, _ head: borrowing RequestHead) -> String? {
        guard let handle = client.session.sendRequest(head) else { return nil }
        let before = server.transcript.count
        exchange(client, server)
        #expect(server.failure == nil && client.failure == nil)
        client.reset(handle, .cancel)
        exchange(client, server)
        let told = before < server.transcript.count ? server.transcript[before] : "nothing"
        return told.split(separator: " ").filter { Int($0) == nil }.joined(separator: " ")
    }

    @Test("a head as large as its limit is taken, and what is larger is refused and ends nothing else")
    func large() {
        let (client, server) = Self.pair(Self.limits(1 << 20, fields: 2000))
        #expect(Self.told(client, server, Self.request(20, of: 50_000)) == "request GET / a none")
        #expect(Self.told(client, server, Self.request(1900, of: 400)) == "request GET / a none")
        #expect(Self.told(client, server, Self.request(21, of: 50_000)) == "refused headTooLarge")
        #expect(Self.told(client, server, Self.request(2001, of: 4)) == "refused tooManyFields")
        #expect(Self.told(client, server, Self.request(1, of: 4)) == "request GET / a none")
    }

    @Test("N1 N2 N3 small limits refuse what the usual ones take")
    func small() {
        let (client, server) = Self.pair(Self.limits(2048, fields: 10, targetBytes: 100))
        #expect(Self.told(client, server, Self.request(1, of: 1800)) == "request GET / a none")
        #expect(Self.told(client, server, Self.request(1, of: 2048)) == "refused headTooLarge")
        #expect(Self.told(client, server, Self.request(11, of: 4)) == "refused tooManyFields")
        let long = "/" + String(repeating: "x", count: 100)
        #expect(Self.told(client, server, Self.request(1, of: 4, target: long)) == "refused startLineTooLong")
    }

    @Test("limits that change hold for the next head of the same connection, and the peer is told")
    func change() {
        let (client, server) = Self.pair(HTTP2Limits())
        let usualTime = HTTP2Limits().headNanoseconds
        let head = Self.request(4, of: 10_000)
        #expect(Self.told(client, server, head) == "request GET / a none")
        server.now += 60_000_000_000
        server.session.limitHeads(to: Self.heads(2048), within: usualTime, now: server.now)
        #expect(Self.told(client, server, head) == "refused headTooLarge")
        // SETTINGS_MAX_HEADER_LIST_SIZE (6), after the first SETTINGS and its acknowledgement.
        let settings = Frame.all(in: server.output).filter { $0.kind == 4 && $0.flags == 0 }
        #expect(settings.count == 2 && settings[1].payload == [0, 6, 0, 0, 8, 0])
        server.tick(at: server.now + 1_000_000_000)
        #expect(server.failure == nil)
        server.session.limitHeads(to: Self.heads(1 << 20), within: usualTime, now: server.now)
        #expect(Self.told(client, server, Self.request(10, of: 50_000)) == "request GET / a none")
        // The peer cannot know of a lower limit before it has been told: what it sent until then is no attack.
        #expect(client.session.sendRequest(Self.request(10, of: 50_000)) != nil)
        let onTheWay = client.flush()
        server.session.limitHeads(to: HTTPLimits(), within: usualTime, now: server.now)
        server.receive(onTheWay)
        #expect(server.transcript.suffix(2).contains { $0.hasSuffix("headTooLarge") } && server.failure == nil)
    }

    @Test("a time that changes holds for the head that has begun")
    func time() {
        let (client, server) = Self.pair(HTTP2Limits())
        // HEADERS without END_HEADERS.
        server.receive([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82])
        let began = server.now
        server.session.limitHeads(to: HTTPLimits(), within: 60_000_000_000, now: server.now)
        #expect(server.nextDeadline == began + 60_000_000_000)
        server.tick(at: began + 20_000_000_000)
        #expect(server.failure == nil && client.failure == nil)
        server.session.limitHeads(to: HTTPLimits(), within: 30_000_000_000, now: server.now)
        server.tick(at: began + 30_000_000_000)
        #expect(server.failure == .violation(.slowHead))
    }

    @Test("what a connection carries for many clients is no larger than its peer takes")
    func heeded() throws {
        let (client, server) = Self.pair(Self.limits(100_000), client: .meshPeer)
        server.react = { server, event in
            guard case .request(let handle, _) = event else { return }
            #expect(server.respond(handle, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        }
        #expect(Self.told(client, server, Self.request(2, of: 49_000)) == "request GET / a none")
        #expect(Self.told(client, server, Self.request(3, of: 49_000)) == nil)
        // nghttp2 decodes no longer value, and would end the connection.
        #expect(Self.told(client, server, Self.request(1, of: 65_536)) == "request GET / a none")
        #expect(Self.told(client, server, Self.request(1, of: 65_537)) == nil)
        #expect(Self.told(client, server, Self.request(1, of: 4)) == "request GET / a none")
        #expect(client.canSendRequest)
    }

    @Test("so are its responses, and the stream takes another one")
    func heededResponse() throws {
        let (client, server) = Self.pair(.meshPeer, client: Self.limits(4096))
        var taken: [Bool] = []
        server.react = { server, event in
            guard case .request(let handle, _) = event else { return }
            for bytes in [5000, 2000] {
                let field = String(repeating: "x", count: bytes)
                taken.append(
                    server.respond(handle, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \(field)\r\n\r\n"))
            }
        }
        _ = try #require(client.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        exchange(client, server)
        #expect(taken == [false, true])
        #expect(client.messages[1]?.head == "200" && client.messages[1]?.isWhole == true)
    }
}
