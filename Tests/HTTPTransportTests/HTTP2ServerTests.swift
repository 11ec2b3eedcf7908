import Bytes
import EventLoop
import HTTP
import HTTP2
import HTTPTransport
import Synchronization
import Testing

@Suite("An HTTP server, spoken to in HTTP/2", .timeLimit(.minutes(2)))
struct HTTP2ServerTests {
    private static func soon(_ loop: EventLoop) -> MonotonicTime { MonotonicTime.now().advanced(by: .seconds(60)) }

    private func withServer<Result: Sendable>(
        limits: HTTPServerLimits = HTTPServerLimits(), handler: @escaping HTTPServer.Handler = describe,
        then body: @escaping @Sendable (HTTPServer, EventLoop) async throws -> Result
    ) async throws -> Result {
        try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop, limits: limits, handler: handler)
            server.start()
            let result = try await body(server, loop)
            server.stop()
            return result
        }
    }

    @Test("hands over method, path, query and body, whatever the cut between the first bytes")
    func pieces() async throws {
        let answer = try await withServer { server, loop in
            let client = try await RawHTTP2Client(server.address, loop: loop)
            let handle = try client.post("/a/b?c=d")
            client.session.write(handle, [1, 2, 3].rawBytes)
            client.session.finish(handle)
            for byte in client.output() {
                await client.send([byte])
                await Task.yield()
            }
            await client.receive { client.ends[handle] != nil }
            return (client.statuses[handle], client.bodies[handle], client.ends[handle])
        }
        #expect(answer.0 == 200)
        #expect(String(decoding: answer.1 ?? [], as: UTF8.self) == "POST /a/b c=d 3")
        #expect(answer.2 == .complete)
    }

    @Test("answers the requests of one connection at once, each with its own")
    func manyAtOnce() async throws {
        let arrived = Mutex(0)
        let texts = try await withServer(
            handler: { request in
                arrived.withLock { $0 += 1 }
                // Nobody is answered before all are there.
                while arrived.withLock({ $0 }) < 50 { await Task.yield() }
                return .text(request.path)
            },
            then: { server, loop in
                let client = HTTP2Client(to: server.address, authority: "server", loop: loop)
                let bound = LoopBound(client, loop: loop)
                let tasks = (0..<50).map { number in
                    Task(executorPreference: loop) {
                        try await bound.value.request(.get, "/\(number)", deadline: Self.soon(loop)).text
                    }
                }
                var texts: [String] = []
                for task in tasks { texts.append(try await task.value) }
                #expect(client.connectionsOpened == 1)
                client.close()
                return texts
            })
        #expect(texts == (0..<50).map { "/\($0)" })
    }

    @Test("carries bodies in both directions that are many times a window, and trailers behind them")
    func largeBodies() async throws {
        let sent = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let response = try await withServer(
            limits: HTTPServerLimits(bodyBytesMax: 4 << 20),
            handler: { request in
                var response = HTTPResponse(status: 201, fields: ["X-Kind": "echo"], body: request.body)
                response.trailers = ["X-Bytes": "\(request.body.count)"]
                return response
            },
            then: { server, loop in
                let client = HTTP2Client(to: server.address, authority: "server", loop: loop)
                defer { client.close() }
                return try await client.request(.post, "/", body: sent, deadline: Self.soon(loop))
            })
        #expect(response.status == 201)
        #expect(response.fields["x-kind"] == "echo")
        #expect(response.body == sent)
        #expect(response.trailers["x-bytes"] == "3145728")
    }

    @Test("sends no body to HEAD, but its length, and none with 204")
    func withoutBody() async throws {
        let answers = try await withServer(
            handler: {
                $0.path == "/none" ? HTTPResponse(status: 204) : .text("hello")
            },
            then: { server, loop in
                let client = HTTP2Client(to: server.address, authority: "server", loop: loop)
                defer { client.close() }
                let head = try await client.request(.head, "/", deadline: Self.soon(loop))
                let none = try await client.request(.get, "/none", deadline: Self.soon(loop))
                return (head, none)
            })
        #expect(answers.0.status == 200 && answers.0.body == [] && answers.0.fields["content-length"] == "5")
        #expect(answers.1.status == 204 && answers.1.body == [] && answers.1.fields["content-length"] == nil)
    }

    @Test("refuses a body beyond the limit, announced or not, and the connection goes on")
    func tooLarge() async throws {
        let statuses = try await withServer(limits: HTTPServerLimits(bodyBytesMax: 8)) { server, loop in
            let client = try await RawHTTP2Client(server.address, loop: loop)
            let announced = try client.post("/", fields: ["content-length": "9"])
            let growing = try client.post("/")
            for _ in 0..<3 { client.session.write(growing, [1, 2, 3, 4, 5].rawBytes) }
            await client.flush()
            await client.receive { client.ends.count == 2 }
            let exact = try client.post("/")
            client.session.write(exact, [1, 2, 3, 4, 5, 6, 7, 8].rawBytes)
            client.session.finish(exact)
            await client.flush()
            await client.receive { client.ends.count == 3 }
            return [announced, growing, exact].map { client.statuses[$0] }
        }
        #expect(statuses == [413, 413, 200])
    }

    @Test("refuses a body when too much of others is on its way, and takes it when they are done")
    func bodiesOnTheirWay() async throws {
        var limits = HTTPServerLimits()
        limits.bodiesBytesMax = 1_000
        let half = [UInt8](repeating: 1, count: 600)
        let statuses = try await withServer(limits: limits) { server, loop in
            let client = try await RawHTTP2Client(server.address, loop: loop)
            let first = try client.post("/")
            client.session.write(first, half.rawBytes)
            let second = try client.post("/")
            client.session.write(second, half.rawBytes)
            await client.flush()
            await client.receive { client.ends[second] != nil }
            client.session.finish(first)
            await client.flush()
            await client.receive { client.ends[first] != nil }
            let third = try client.post("/")
            client.session.write(third, half.rawBytes)
            client.session.finish(third)
            await client.flush()
            await client.receive { client.ends[third] != nil }
            return [first, second, third].map { client.statuses[$0] }
        }
        #expect(statuses == [200, 503, 200])
    }

    @Test("asks for the body when the client waits for 100 Continue, and gives up on one that does not come")
    func slowBody() async throws {
        var limits = HTTPServerLimits()
        limits.bodyTimeout = .milliseconds(100)
        let answer = try await withServer(limits: limits) { server, loop in
            let client = try await RawHTTP2Client(server.address, loop: loop)
            let handle = try client.post("/", fields: ["expect": "100-continue"])
            await client.flush()
            await client.receive { client.ends[handle] != nil }
            return (client.interims, client.statuses[handle])
        }
        #expect(answer.0 == 1)
        #expect(answer.1 == 408)
    }

    @Test("lets a client that resets its requests have no more work than its streams, and serves it on")
    func resets() async throws {
        let working = Mutex((now: 0, most: 0))
        let isOpen = Mutex(false)
        var limits = HTTPServerLimits()
        limits.streamsMax = 5
        let answer = try await withServer(
            limits: limits,
            handler: { request in
                working.withLock { $0 = (now: $0.now + 1, most: max($0.most, $0.now + 1)) }
                while !isOpen.withLock({ $0 }) { await Task.yield() }
                working.withLock { $0.now -= 1 }
                return await describe(request)
            },
            then: { server, loop in
                let client = try await RawHTTP2Client(server.address, loop: loop)
                for _ in 0..<20 {
                    let handle = try client.post("/")
                    client.session.finish(handle)
                    await client.flush()
                    client.session.reset(handle, .cancel)
                    await client.flush()
                }
                await client.receive { client.ends.count == 20 }
                isOpen.withLock { $0 = true }
                while working.withLock({ $0.now }) > 0 { await Task.yield() }
                // Refused while the last of the work ends, which promises that nothing was done: a client repeats it.
                while true {
                    let handle = try client.post("/last")
                    client.session.finish(handle)
                    await client.flush()
                    await client.receive { client.ends[handle] != nil }
                    guard client.ends[handle] == .refused else { return client.bodies[handle] }
                }
            })
        #expect(String(decoding: answer ?? [], as: UTF8.self) == "POST /last  0")
        #expect(working.withLock { $0.most } <= 10)
    }
}
