import Bytes
import HTTP
import HTTP2
import Testing

/// How streams and connections end: resets, GOAWAY, PING (proxy-conformance §2.1, §2.4).
@Suite("Ends")
struct EndingTests {
    static let post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    static let stream = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func open(_ count: Int = 1) throws -> (Endpoint, Endpoint) {
        let client = Endpoint(.client)
        let server = Endpoint(.server)
        exchange(client, server)
        for _ in 0..<count { _ = try #require(client.request(Self.post)) }
        exchange(client, server)
        return (client, server)
    }

    // MARK: Resets

    @Test(
        "a reset carries its code to the other side, in both directions",
        arguments: [HTTP2ErrorCode.cancel, .refusedStream, .internalError, .enhanceYourCalm, .http11Required])
    func resets(code: HTTP2ErrorCode) throws {
        let (client, server) = try open(2)
        client.reset(try #require(client.handles[1]), code)
        server.reset(try #require(server.handles[3]), code)
        exchange(client, server)
        #expect(client.messages[1]?.end == .cancelled(code))
        #expect(server.messages[1]?.end == .reset(code))
        #expect(client.messages[3]?.end == .reset(code))
        #expect(server.messages[3]?.end == .cancelled(code))
        #expect(server.counters.provokedResets == 0)
    }

    @Test("a reset drops what was not sent, and nothing can be sent after it")
    func resetDropsBody() throws {
        let (client, server) = try open()
        let handle = try #require(client.handles[1])
        #expect(client.write(handle, Array(repeating: 1, count: 50_000)))
        client.reset(handle, .cancel)
        #expect(client.pendingBytes(handle) == 0)
        #expect(!client.write(handle, [1]))
        #expect(!client.finish(handle))
        exchange(client, server)
        #expect(server.messages[1]?.body == [])
    }

    @Test("a request that was cancelled before it was sent is never seen")
    func cancelledEarly() throws {
        let client = Endpoint(.client)
        let server = Endpoint(.server)
        exchange(client, server)
        let handle = try #require(client.request(Self.post))
        client.reset(handle, .cancel)
        exchange(client, server)
        #expect(client.messages[1]?.end == .cancelled(.cancel))
        #expect(server.messages[1] == nil)
        #expect(client.request(Self.post)?.id == 3)
    }

    @Test("a handle that outlived its stream does nothing")
    func staleHandle() throws {
        let (client, server) = try open()
        let handle = try #require(server.handles[1])
        client.reset(try #require(client.handles[1]), .cancel)
        exchange(client, server)
        #expect(server.respond(handle, Self.stream) == false)
        server.reset(handle, .cancel)
        server.consumed(handle, 10)
        server.release(handle)
        server.release(handle)
        #expect(server.wantsToSend == false)
        _ = try #require(client.request(Self.post))
        exchange(client, server)
        let next = try #require(server.handles[3])
        #expect(next.slot == handle.slot)
        server.reset(handle, .cancel)
        exchange(client, server)
        #expect(client.messages[3]?.end == nil)
    }

    @Test("a stream that its owner lets go is reset, and tells no more")
    func release() throws {
        let (client, server) = try open()
        server.release(try #require(server.handles[1]))
        exchange(client, server)
        #expect(client.messages[1]?.end == .reset(.cancel))
        #expect(server.messages[1]?.end == nil)
        _ = try #require(client.request(Self.post))
        exchange(client, server)
        #expect(server.handles[3]?.slot == server.handles[1]?.slot)
    }

    @Test("a response that does not wait for the request's end stops the request without an error")
    func earlyResponse() throws {
        let (client, server) = try open()
        let handle = try #require(server.handles[1])
        server.session.discardRequest(handle)
        #expect(server.respond(handle, "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\n", body: "no"))
        #expect(client.write(try #require(client.handles[1]), Array(repeating: 1, count: 1000)))
        exchange(client, server)
        #expect(client.messages[1]?.head == "413")
        #expect(client.messages[1]?.body == "no".latin1)
        #expect(client.messages[1]?.end == .complete)
        #expect(server.messages[1]?.end == .complete)
        #expect(server.sentFrames.last == .reset(1, 0))
    }

    /// What came for a GET, and for a HEAD where it says so.
    private static let malformedResponses: [Case<HTTPError>] = [
        Case("status of two digits", [.headers(1, [":status: 20"])], .invalidStatusLine),
        Case("no status", [.headers(1, ["x: y"])], .invalidPseudoField),
        Case("101", [.headers(1, [":status: 101"])], .invalidStatusLine),
        Case("connection", [.headers(1, [":status: 200", "connection: close"])], .connectionSpecificField),
        Case("capital in a name", [.headers(1, [":status: 200", "X: y"])], .invalidFieldName),
        Case("request pseudo field", [.headers(1, [":status: 200", ":path: /"])], .invalidPseudoField),
        Case("end behind an interim head", [.headers(1, [":status: 103"])], .interimResponseWithBody),
        Case(
            "empty end behind an interim head",
            [.headers(1, [":status: 103"], ends: false), .data(1, [], ends: true)], .interimResponseWithBody),
        Case(
            "body behind an interim head", [.headers(1, [":status: 103"], ends: false), .data(1, [1])],
            .interimResponseWithBody),
        Case("length without a body", [.headers(1, [":status: 200", "content-length: 4"])], .truncatedBody),
        Case(
            "body shorter than its length",
            [.headers(1, [":status: 200", "content-length: 4"], ends: false), .data(1, [1, 2, 3], ends: true)],
            .truncatedBody),
        Case(
            "body shorter than its length, with trailers",
            [.headers(1, [":status: 200", "content-length: 4"], ends: false), .data(1, [1]), .headers(1, ["x: y"])],
            .truncatedBody),
        Case(
            "body longer than its length",
            [.headers(1, [":status: 200", "content-length: 1"], ends: false), .data(1, [1]), .data(1, [2])],
            .bodyTooLong),
        Case("body of a 204", [.headers(1, [":status: 204"], ends: false), .data(1, [1])], .bodyTooLong),
        Case("body of a 304", [.headers(1, [":status: 304"], ends: false), .data(1, [1])], .bodyTooLong),
        Case("body for HEAD", [.headers(1, [":status: 200"], ends: false), .data(1, [1])], .bodyTooLong),
        Case(
            "trailers that do not end it",
            [.headers(1, [":status: 200"], ends: false), .headers(1, ["x: y"], ends: false)], .trailersWithoutEnd),
    ]

    @Test("a response that is none ends its stream, not the connection", arguments: malformedResponses)
    func malformedResponse(row: Case<HTTPError>) throws {
        let client = Endpoint(.client)
        let method = row.id.hasSuffix("HEAD") ? "HEAD" : "GET"
        #expect(client.request("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")?.id == 1)
        #expect(client.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")?.id == 3)
        _ = client.flush()
        let frames = [Frame.settings()] + row.frames + [.headers(3, [":status: 204"])]
        client.receive(frames.flatMap(\.bytes))
        _ = client.flush()
        #expect(client.messages[1]?.isWhole != true)
        #expect(client.messages[1]?.end == .malformed(row.expected))
        #expect(client.sentFrames.last == .reset(1, HTTP2ErrorCode.protocolError.rawValue))
        #expect(client.messages[3]?.end == .complete)
        #expect(client.counters.malformedMessages == 1)
        #expect(client.failure == nil)
    }

    @Test("response heads too large for us end their stream")
    func largeResponse() throws {
        let client = Endpoint(.client)
        #expect(client.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")?.id == 1)
        _ = client.flush()
        client.receive(
            [Frame.settings(), .headers(1, [":status: 200"] + (0..<101).map { "x\($0): y" })].flatMap(\.bytes))
        _ = client.flush()
        #expect(client.messages[1]?.end == .malformed(.tooManyFields))
        #expect(client.counters.largeHeads == 1)
    }

    // MARK: GOAWAY

    @Test("a server drains in two steps: what is on the way is taken, what comes later is not")
    func drain() throws {
        let (client, server) = try open()
        server.session.beginDrain()
        // Sent before the client has heard of it.
        _ = try #require(client.request(Self.post))
        let onTheWay = client.flush()
        client.receive(server.flush())
        #expect(client.transcript.last == "goAway(last: 2147483647, HTTP2.HTTP2ErrorCode(rawValue: 0))")
        #expect(client.canSendRequest == false)
        #expect(client.request(Self.post) == nil)
        server.receive(onTheWay)
        exchange(client, server)
        #expect(server.messages[3]?.head == "POST / a")
        server.session.finishDrain()
        exchange(client, server)
        #expect(client.transcript.last == "goAway(last: 3, HTTP2.HTTP2ErrorCode(rawValue: 0))")
        #expect(!server.isOver)
        for stream in [1, 3] as [Int32] {
            #expect(client.finish(try #require(client.handles[stream])))
            #expect(server.respond(try #require(server.handles[stream]), Self.stream, body: "x"))
        }
        exchange(client, server)
        #expect(client.messages[1]?.end == .complete)
        #expect(client.messages[3]?.end == .complete)
        #expect(server.isOver)
        #expect(client.isOver)
        #expect(server.failure == nil)
    }

    @Test("streams above the last one were not looked at, and are safe to send again")
    func refusedByGoAway() throws {
        let (client, server) = try open()
        server.session.finishDrain()
        let goAway = server.flush()
        _ = try #require(client.request(Self.post))
        server.receive(client.flush())
        client.receive(goAway)
        #expect(client.messages[3]?.end == .refused)
        #expect(server.messages[3] == nil)
        #expect(client.messages[1]?.end == nil)
    }

    @Test("a request that waits when GOAWAY comes is not sent, and safe to send elsewhere")
    func unsentAtGoAway() throws {
        let (client, server) = try open()
        server.session.beginDrain()
        _ = try #require(client.request(Self.post))
        client.receive(server.flush())
        exchange(client, server)
        #expect(client.messages[3]?.end == .refused)
        #expect(server.messages[3] == nil)
    }

    @Test("a request beyond the peer's limit is not sent")
    func concurrency() throws {
        var limits = HTTP2Limits()
        limits.concurrentStreams = 2
        let client = Endpoint(.client)
        let server = Endpoint(.server, limits: limits)
        exchange(client, server)
        #expect(client.request(Self.post)?.id == 1)
        #expect(client.request(Self.post)?.id == 3)
        #expect(client.canSendRequest == false)
        #expect(client.request(Self.post) == nil)
        exchange(client, server)
        client.reset(try #require(client.handles[1]), .cancel)
        exchange(client, server)
        #expect(client.canSendRequest)
    }

    @Test("a connection that ends in the middle ends every stream, once")
    func transportClosed() throws {
        let (client, server) = try open(3)
        client.session.transportClosed()
        client.takeEvents([])
        #expect(
            client.transcript.suffix(3) == [
                "closed 1 connectionEnded", "closed 3 connectionEnded", "closed 5 connectionEnded",
            ])
        #expect(client.isOver)
        #expect(client.flush() == [])
        #expect(client.request(Self.post) == nil)
        server.session.terminate(.internalError)
        _ = server.flush()
        #expect(server.failure == .protocolError(.internalError))
        #expect(server.messages.values.allSatisfy { $0.end == .connectionEnded })
        #expect(server.sentFrames.last == .goAway(last: 5, 2))
    }

    // MARK: PING

    @Test("a ping is answered with its own payload")
    func ping() throws {
        let (client, server) = try open()
        client.session.ping(0x0123_4567_89AB_CDEF)
        server.session.ping(7)
        exchange(client, server)
        #expect(client.transcript.last == "pingAcknowledged(81985529216486895)")
        #expect(server.transcript.last == "pingAcknowledged(7)")
    }

    @Test("a silent peer is asked by PING, and given up without an answer")
    func keepAlive() throws {
        var limits = HTTP2Limits()
        limits.keepAliveNanoseconds = 30_000_000_000
        let client = Endpoint(.client, limits: limits)
        let server = Endpoint(.server)
        exchange(client, server)
        let began = client.now
        #expect(client.nextDeadline == began + 30_000_000_000)
        client.tick(at: began + 29_000_000_000)
        #expect(client.flush() == [])
        client.tick(at: began + 30_000_000_000)
        server.receive(client.flush())
        client.receive(server.flush())
        #expect(client.transcript.contains { $0.hasPrefix("ping") } == false)
        #expect(client.nextDeadline == began + 60_000_000_000)
        client.tick(at: began + 60_000_000_000)
        #expect(Frame.all(in: client.flush()).map(\.kind) == [6])
        #expect(client.nextDeadline == began + 80_000_000_000)
        client.tick(at: began + 80_000_000_000)
        #expect(client.failure == .violation(.keepAliveTimeout))
        #expect(Frame.all(in: client.flush()).map(\.kind) == [7])
        #expect(client.isOver)
    }

    // MARK: Extended CONNECT

    @Test("an upgrade goes as an extended CONNECT to a peer that takes one, and carries bytes both ways")
    func extendedConnect() throws {
        let client = Endpoint(.client)
        let server = Endpoint(.server, acceptsExtendedConnect: true)
        exchange(client, server)
        #expect(client.peerAcceptsExtendedConnect)
        let upgrade =
            "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        let handle = try #require(client.request(upgrade))
        exchange(client, server)
        #expect(server.messages[1]?.head == "CONNECT /chat a")
        #expect(server.messages[1]?.fields == ["sec-websocket-version: 13"])
        let accepting = try #require(server.handles[1])
        server.session.sendResponse(accepting, hasBody: true) { $0.response(status: 200) }
        server.write(accepting, "down".latin1)
        client.write(handle, "up".latin1)
        exchange(client, server)
        #expect(server.messages[1]?.body == "up".latin1)
        #expect(client.messages[1]?.head == "200")
        #expect(client.messages[1]?.body == "down".latin1)
        client.finish(handle)
        server.finish(accepting)
        exchange(client, server)
        #expect(client.messages[1]?.end == .complete)
    }
}
