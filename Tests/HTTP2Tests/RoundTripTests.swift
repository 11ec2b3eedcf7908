import Bytes
import HTTP
import HTTP2
import Testing

/// A client session and a server session, each the other's peer.
@Suite("Two sessions")
struct RoundTripTests {
    static let get = "GET /a?b HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\n\r\n"
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n"

    /// A server that answers as soon as the request has ended.
    private func answering(limits: HTTP2Limits = HTTP2Limits(), _ answer: @escaping (Endpoint, StreamHandle) -> Void)
        -> Endpoint
    {
        let server = Endpoint(.server, limits: limits)
        server.react = { server, event in
            if case .end(let handle) = event { answer(server, handle) }
        }
        return server
    }

    /// Sends the request's body back.
    private func echoing(limits: HTTP2Limits = HTTP2Limits()) -> Endpoint {
        answering(limits: limits) { server, handle in
            server.respond(
                handle, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                body: server.messages[handle.id]?.body.text)
        }
    }

    private func pattern(_ count: Int, _ seed: Int = 0) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed &+ $0 >> 8) }
    }

    @Test("a request and its response arrive as they were sent")
    func roundTrip() throws {
        let client = Endpoint(.client)
        let server = answering { $0.respond($1, Self.ok, body: "hello") }
        #expect(try #require(client.request(Self.get)).id == 1)
        exchange(client, server)
        #expect(
            server.messages[1]
                == Message(head: "GET /a?b a:80", fields: ["accept: */*"], isWhole: true, end: .complete))
        #expect(
            client.messages[1]
                == Message(
                    head: "200", fields: ["x: y", "content-length: 5"], body: "hello".latin1, isWhole: true,
                    end: .complete))
        #expect(client.wantsToSend == false)
        #expect(server.wantsToSend == false)
    }

    @Test("many requests go in one piece")
    func gathering() throws {
        let client = Endpoint(.client)
        let server = answering { $0.respond($1, Self.ok, body: "hello") }
        exchange(client, server)
        for _ in 0..<50 { _ = try #require(client.request(Self.get)) }
        var buffer = ByteBuffer(capacity: 16 * 1024)
        client.session.send(into: &buffer, limit: 16 * 1024, now: client.now)
        let bytes = (0..<buffer.count).map { buffer.bytes[$0] }
        #expect(Frame.all(in: bytes).count == 50)
        #expect(bytes.count < 50 * 30)
        server.receive(bytes)
        exchange(client, server)
        #expect(client.messages.values.count { $0.body == "hello".latin1 && $0.end == .complete } == 50)
    }

    @Test("sending stops at the limit and goes on from there", arguments: [1, 10, 100, 5000])
    func sendLimit(limit: Int) throws {
        let client = Endpoint(.client)
        let server = echoing()
        let body = pattern(40_000).text
        for _ in 0..<3 {
            _ = try #require(
                client.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", body: body))
        }
        exchange(client, server, limit: limit)
        for stream in [1, 3, 5] as [Int32] { #expect(client.messages[stream]?.body.text == body) }
        var buffer = ByteBuffer()
        _ = try #require(client.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", body: body))
        client.session.send(into: &buffer, limit: limit, now: client.now)
        #expect(buffer.count >= limit)
        #expect(buffer.count < limit + 16 * 1024 + 9 + 1)
    }

    @Test(
        "bodies of any size arrive whole, in both directions",
        arguments: [0, 1, 9, 16_383, 16_384, 16_385, 65_535, 65_536, 300_001])
    func bodies(count: Int) throws {
        let client = Endpoint(.client)
        let server = echoing()
        let body = pattern(count)
        _ = try #require(
            client.request(
                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n", body: count > 0 ? body.text : nil))
        exchange(client, server)
        #expect(server.messages[1]?.body == body)
        #expect(client.messages[1]?.body == body)
        #expect(client.messages[1]?.end == .complete)
        #expect(server.messages[1]?.end == .complete)
    }

    @Test("bytes may arrive one by one")
    func dripping() throws {
        let client = Endpoint(.client)
        let server = echoing()
        _ = try #require(
            client.request("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 700\r\n\r\n", body: pattern(700).text))
        for _ in 0..<4 {
            for byte in client.flush() { server.receive([byte]) }
            for byte in server.flush() { client.receive([byte]) }
        }
        #expect(client.messages[1]?.body == pattern(700))
        #expect(client.messages[1]?.end == .complete)
    }

    @Test("bodies of many streams interleave, and each stays whole")
    func interleaving() throws {
        let client = Endpoint(.client)
        let server = echoing()
        let sizes = (0..<40).map { $0 * 2053 }
        for (index, size) in sizes.enumerated() {
            let body = pattern(size, index).text
            _ = try #require(
                client.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", body: body))
        }
        exchange(client, server, limit: 20_000)
        for (index, size) in sizes.enumerated() {
            #expect(client.messages[Int32(2 * index + 1)]?.body == pattern(size, index))
        }
        let order = Frame.all(in: server.output).filter { $0.kind == 0 }.map(\.stream)
        #expect(zip(order, order.dropFirst()).count { $0 != $1 } > 40)
    }

    @Test("the name of a field whose value differs each time is sent once, a secret's value never by reference")
    func indexing() throws {
        let client = Endpoint(.client)
        let server = Endpoint(.server)
        exchange(client, server)
        let head = RequestHead("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: 0000\r\n\r\n")
        let values = (0..<66).map { index in
            // Digits of five bits each in HPACK's Huffman code.
            String(String(repeating: "0", count: 55) + String(index, radix: 3)).suffix(55)
        }
        for value in values {
            let handle = try #require(
                client.session.sendRequest(head) { $0.field("traceparent", Array(value.utf8).rawBytes) })
            exchange(client, server)
            #expect(server.messages[handle.id]?.fields.last == "traceparent: \(value)")
            client.reset(handle, .cancel)
        }
        let lengths = Frame.all(in: client.output).filter { $0.kind == 1 }.map(\.payload.count)
        #expect(lengths.count == 66)
        // Method, scheme, path and authority by one byte each; authorization's name by two, its value by one and three; the
        // other name by two, its value by one and 35.
        #expect(lengths[1..<64].allSatisfy { $0 == 4 + 2 + 1 + 3 + 2 + 1 + 35 })
        // Its name is in the table still, and its value again.
        #expect(lengths[64] == lengths[1] - 1 && lengths[65] == lengths[1])
    }

    @Test("windows of one byte still carry a body")
    func tinyWindows() throws {
        var limits = HTTP2Limits()
        limits.streamWindowBytes = 1
        let client = Endpoint(.client, limits: limits)
        let server = echoing(limits: limits)
        exchange(client, server)
        _ = try #require(
            client.request("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n", body: pattern(300).text))
        exchange(client, server)
        #expect(client.messages[1]?.body == pattern(300))
        #expect(server.counters.dataFramesSent >= 300)
    }

    @Test("what is not consumed is not sent, and what is opens the windows again")
    func backpressure() throws {
        let client = Endpoint(.client)
        let server = Endpoint(.server)
        server.consumes = false
        exchange(client, server)
        let handle = try #require(client.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"))
        client.write(handle, pattern(200_000))
        exchange(client, server)
        #expect(server.messages[1]?.body.count == 64 * 1024)
        #expect(client.isBlocked(handle))
        #expect(client.pendingBytes(handle) == 200_000 - 64 * 1024)
        let receiving = try #require(server.handles[1])
        server.consumed(receiving, 40_000)
        exchange(client, server)
        #expect(server.messages[1]?.body.count == 64 * 1024 + 40_000)
        server.consumed(receiving, 64 * 1024)
        exchange(client, server)
        #expect(
            server.messages[1]?.body == pattern(169_536 + 1536).prefix(server.messages[1]?.body.count ?? 0).map { $0 })
        #expect(client.isBlocked(handle))
    }

    @Test("the connection's window is given back for streams that end with bytes unread")
    func noWindowLeak() throws {
        var limits = HTTP2Limits()
        limits.connectionWindowBytes = 128 * 1024
        let client = Endpoint(.client)
        let server = Endpoint(.server, limits: limits)
        server.consumes = false
        server.react = { server, event in
            guard case .data(let handle, _) = event else { return }
            if server.messages[handle.id]?.body.count ?? 0 >= 60_000 { server.reset(handle, .cancel) }
        }
        for _ in 0..<20 {
            let handle = try #require(
                client.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"))
            client.write(handle, pattern(60_000))
            exchange(client, server)
            #expect(client.messages[handle.id]?.end == .reset(.cancel))
        }
    }

    @Test("a sender that asked is told when its body has gone")
    func drained() throws {
        let client = Endpoint(.client)
        let server = Endpoint(.server)
        server.consumes = false
        exchange(client, server)
        let handle = try #require(client.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"))
        client.write(handle, pattern(100_000))
        var more = ByteBuffer()
        more.append("more")
        #expect(client.session.write(handle, from: &more, pendingMax: 100_000) == .full)
        let left = more.count
        #expect(left == 4)
        exchange(client, server)
        #expect(!client.transcript.contains { $0.hasPrefix("drained") })
        server.consumed(try #require(server.handles[1]), 64 * 1024)
        exchange(client, server)
        #expect(client.transcript.count { $0.hasPrefix("drained") } == 1)
    }

    @Test("a buffer is taken whole, whether something waits already or not")
    func buffers() throws {
        let client = Endpoint(.client)
        let server = echoing()
        let handle = try #require(client.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"))
        var buffer = ByteBuffer()
        for text in ["first, ", "second"] {
            buffer.append(text)
            #expect(client.write(handle, from: &buffer))
            let isTaken = buffer.isEmpty
            #expect(isTaken)
        }
        #expect(client.finish(handle))
        exchange(client, server)
        #expect(client.messages[1]?.body == "first, second".latin1)
    }

    @Test("trailers go both ways, with a body and without")
    func trailers() throws {
        for body in ["", "abc"] {
            let client = Endpoint(.client)
            let server = answering { server, handle in
                server.respond(handle, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                server.write(handle, body.latin1)
                server.finish(handle) {
                    $0.field("Grpc-Status", "0")
                    $0.field("X-Bin", "AA")
                }
            }
            let handle = try #require(
                client.request("POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n"))
            client.write(handle, body.latin1)
            var section = TrailerSection()
            section.beginSection()
            #expect(section.take("sent".latin1.rawBytes, "by client".latin1.rawBytes) == nil)
            #expect(client.finish(handle, trailers: section.fields, in: section.bytes) == true)
            exchange(client, server)
            #expect(server.messages[1]?.trailers == ["sent: by client"])
            #expect(server.messages[1]?.fields == ["te: trailers"])
            #expect(client.messages[1]?.trailers == ["grpc-status: 0", "x-bin: AA"])
            #expect(client.messages[1]?.body == body.latin1)
            #expect(client.messages[1]?.end == .complete)
            // Nothing empty goes before the trailers.
            #expect(Frame.all(in: server.output).count { $0.kind == 0 } == (body.isEmpty ? 0 : 1))
        }
    }

    @Test("interim responses come before the final one, without ending anything")
    func interim() throws {
        let client = Endpoint(.client)
        let server = answering { server, handle in
            server.respond(handle, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            server.respond(handle, "HTTP/1.1 100 Continue\r\n\r\n")
            server.respond(handle, Self.ok, body: "hello")
        }
        _ = try #require(client.request(Self.get))
        exchange(client, server)
        #expect(client.messages[1]?.interim == ["103", "100"])
        #expect(client.messages[1]?.head == "200")
        #expect(client.messages[1]?.body == "hello".latin1)
    }

    @Test("HEAD and 304 have a length and no body")
    func bodiless() throws {
        let client = Endpoint(.client)
        let server = answering { server, handle in
            let method: HTTPMethod = handle.id == 1 ? .head : .get
            let status = handle.id == 1 ? "200 OK" : "304 Not Modified"
            server.respond(handle, "HTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\n", to: method)
        }
        _ = try #require(client.request("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"))
        _ = try #require(client.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        exchange(client, server)
        for stream in [1, 3] as [Int32] {
            #expect(client.messages[stream]?.fields == ["content-length: 5"])
            #expect(client.messages[stream]?.isWhole == true)
            #expect(client.messages[stream]?.end == .complete)
        }
    }

    @Test("a secret is never indexed, and stays so over a second hop")
    func neverIndexed() throws {
        let client = Endpoint(.client)
        let server = Endpoint(.server)
        _ = try #require(client.request("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: secret\r\nX: y\r\n\r\n"))
        let head = try #require(Frame.all(in: client.flush()).first { $0.kind == 1 })
        // Never indexed, with the name from the static table (index 23; RFC 7541 §6.2.3).
        let literal = try #require(head.payload.firstIndex(of: 0x1F))
        #expect(head.payload[literal + 1] == 23 - 15)
        server.receive(Frame.preface + Frame.settings().bytes + head.bytes)
        #expect(server.messages[1]?.fields == ["authorization: secret", "x: y"])
    }
}
