import Bytes
import EventLoop
import HTTP
import HTTP2
import HTTPTransport
import Synchronization
import Testing

@Suite("The end of an HTTP/2 connection", .timeLimit(.minutes(2)))
struct HTTP2EndTests {
    private static func soon() -> MonotonicTime { MonotonicTime.now().advanced(by: .seconds(60)) }

    @Test("a server that stops answers what has begun, says so twice, and closes")
    func drain() async throws {
        let isOpen = Mutex(false)
        let isWorking = Mutex(false)
        let end = try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop) { request in
                isWorking.withLock { $0 = true }
                while !isOpen.withLock({ $0 }) { await loop.sleep(for: .milliseconds(1)) }
                return await describe(request)
            }
            server.start()
            let client = try await RawHTTP2Client(server.address, loop: loop)
            let handle = try client.post("/begun")
            client.session.finish(handle)
            await client.flush()
            while !isWorking.withLock({ $0 }) { await loop.sleep(for: .milliseconds(1)) }
            server.stop()
            await client.receive { client.lastStreams.count == 2 }
            let lastStreams = client.lastStreams
            isOpen.withLock { $0 = true }
            await client.receive { false }
            while server.openConnections > 0 { await loop.sleep(for: .milliseconds(1)) }
            return (lastStreams, client.bodies[handle], client.ends[handle])
        }
        #expect(end.0 == [Int32.max, 1])
        #expect(String(decoding: end.1 ?? [], as: UTF8.self) == "POST /begun  0")
        #expect(end.2 == .complete)
    }

    @Test("a client that says nothing loses its connection, and makes another one when it has something to say")
    func idle() async throws {
        let connections = try await onLoop { loop in
            var limits = HTTPServerLimits()
            limits.idleTimeout = .milliseconds(50)
            let server = try HTTPServer(binding: anyPort, loop: loop, limits: limits, handler: describe)
            server.start()
            let client = HTTP2Client(to: server.address, authority: "server", loop: loop)
            for round in 0..<2 {
                let answer = try await client.request(.get, "/\(round)", deadline: Self.soon())
                #expect(answer.text == "GET /\(round)  0")
                while server.openConnections > 0 { await loop.sleep(for: .milliseconds(1)) }
            }
            server.stop()
            return client.connectionsOpened
        }
        #expect(connections == 2)
    }

    @Test("a client that breaks the protocol, or floods, is told why, and counted")
    func failure() async throws {
        let counted = try await onLoop { loop in
            let counters = HTTPServerCounters()
            let server = try HTTPServer(binding: anyPort, loop: loop, counters: counters, handler: describe)
            server.start()
            let broken = try await RawHTTP2Client(server.address, loop: loop)
            // A frame of DATA on the connection itself (RFC 9113 §6.1).
            await broken.send(broken.output() + [0, 0, 1, 0, 0, 0, 0, 0, 0, 7])
            await broken.receive { false }
            #expect(broken.lastStreams == [0])
            let flood = try await RawHTTP2Client(server.address, loop: loop)
            // PING (CVE-2019-9512).
            let pings = (0..<1_500).flatMap { _ in [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8] as [UInt8] }
            await flood.send(flood.output() + pings)
            await flood.receive { false }
            #expect(flood.lastStreams == [0])
            server.stop()
            return counters.connectionsFailed.load(ordering: .relaxed)
        }
        #expect(counted == 2)
    }

    @Test("a request that is not answered in time ends, and the next one has a connection of its own")
    func timeout() async throws {
        let isOver = Mutex(false)
        let outcome = try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop) { request in
                while request.path == "/never", !isOver.withLock({ $0 }) { await loop.sleep(for: .milliseconds(1)) }
                return await describe(request)
            }
            server.start()
            defer { isOver.withLock { $0 = true } }
            let client = HTTP2Client(to: server.address, authority: "server", loop: loop)
            var error: HTTPClientError?
            do throws(HTTPClientError) {
                _ = try await client.request(
                    .get, "/never", deadline: MonotonicTime.now().advanced(by: .milliseconds(50)))
            } catch let caught {
                error = caught
            }
            let next = try await client.request(.get, "/next", deadline: Self.soon())
            server.stop()
            client.close()
            return (error, next.text, client.connectionsOpened)
        }
        #expect(outcome.0 == .timedOut)
        #expect(outcome.1 == "GET /next  0")
        #expect(outcome.2 == 2)
    }

    @Test("nobody listens: the client is told so")
    func refused() async throws {
        try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop, handler: describe)
            server.start()
            server.stop()
            await loop.sleep(for: .milliseconds(1))
            let client = HTTP2Client(to: server.address, authority: "server", loop: loop)
            await #expect(throws: HTTPClientError.connectRefused) {
                try await client.request(.get, "/", deadline: Self.soon())
            }
        }
    }

    @Test("a response that is too large for the client ends its request alone")
    func largeResponse() async throws {
        try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop) { request in
                HTTPResponse(body: [UInt8](repeating: 7, count: request.path == "/large" ? 2_000 : 1_000))
            }
            server.start()
            var limits = HTTPClientLimits()
            limits.bodyBytesMax = 1_000
            let client = HTTP2Client(to: server.address, authority: "server", loop: loop, limits: limits)
            await #expect(throws: HTTPClientError.responseTooLarge) {
                try await client.request(.get, "/large", deadline: Self.soon())
            }
            let exact = try await client.request(.get, "/exact", deadline: Self.soon())
            #expect(exact.body.count == 1_000)
            #expect(client.connectionsOpened == 1)
            server.stop()
            client.close()
        }
    }
}
