import Bytes
import EventLoop
import HTTPTransport
import Synchronization
import Testing

@Suite("An HTTP server", .timeLimit(.minutes(1)))
struct HTTPServerTests {
    /// Starts a server and talks to it in raw bytes; returns what came back to the end of the connection.
    private func exchange(
        _ request: [String], limits: HTTPServerLimits = HTTPServerLimits(),
        handler: @escaping HTTPServer.Handler = describe
    ) async throws -> String {
        try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop, limits: limits, handler: handler)
            server.start()
            let client = try await RawClient(server.address, loop: loop)
            for part in request {
                await client.send(part)
                await Task.yield()
            }
            let text = await client.receiveToEnd()
            server.stop()
            return text.split(separator: "\r\n").filter { !$0.hasPrefix("Date:") }.joined(separator: "|")
        }
    }

    @Test("hands over method, path, query and body, and closes when asked to")
    func simple() async throws {
        let text = try await exchange([
            "POST /a/b?c=d&e HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nxyz"
        ])
        #expect(
            text
                == "HTTP/1.1 200 OK|Content-Type: text/plain; charset=utf-8|Content-Length: 17|Connection: close|POST /a/b c=d&e 3"
        )
    }

    @Test("understands a request that comes byte by byte, with a length or in chunks")
    func dribble() async throws {
        let requests = [
            "POST /n HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
            "POST /n HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nT: 1\r\n\r\n",
        ]
        for request in requests {
            let text = try await exchange(request.utf8.map { String(decoding: [$0], as: UTF8.self) })
            #expect(text.hasSuffix("|POST /n  5"))
        }
    }

    @Test("answers pipelined requests in order on one connection, also when the first handler takes longer")
    func pipelining() async throws {
        let text = try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop) { request in
                if request.path == "/slow" { await loop.sleep(for: .milliseconds(20)) }
                return .text(request.path)
            }
            server.start()
            let client = try await RawClient(server.address, loop: loop)
            await client.send(
                "GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = await client.receiveToEnd()
            server.stop()
            return text
        }
        let bodies = text.split(separator: "\r\n\r\n").compactMap { $0.split(separator: "HTTP/1.1").first }
        #expect(bodies.dropFirst() == ["/slow", "/b", "/c"])
    }

    @Test("sends no body to HEAD, but its length")
    func head() async throws {
        let text = try await exchange(["HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"])
        #expect(
            text == "HTTP/1.1 200 OK|Content-Type: text/plain; charset=utf-8|Content-Length: 9|Connection: close")
    }

    @Test("refuses a body when too much of others is on its way, and takes it when they are done")
    func bodiesOnTheirWay() async throws {
        var limits = HTTPServerLimits()
        limits.bodiesBytesMax = 1_000
        let half = String(repeating: "x", count: 800)
        let head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 900\r\n\r\n"
        let answers = try await onLoop { [limits] loop in
            let server = try HTTPServer(binding: anyPort, loop: loop, limits: limits, handler: describe)
            server.start()
            let first = try await RawClient(server.address, loop: loop)
            // The server says that it waits for the body, so the first half is counted before the second client comes.
            await first.send(head.replacing("Host: x", with: "Host: x\r\nExpect: 100-continue") + half)
            await first.receive { $0.hasSuffix("100 Continue\r\n\r\n") }
            let second = try await RawClient(server.address, loop: loop)
            await second.send(head + half)
            let refused = await second.receiveToEnd()
            await first.send(String(repeating: "x", count: 100))
            let taken = await first.receiveToEnd()
            let third = try await RawClient(server.address, loop: loop)
            await third.send(head + half)
            await third.send(String(repeating: "x", count: 100))
            let last = await third.receiveToEnd()
            server.stop()
            return [refused, taken, last]
        }
        #expect(answers[0].hasPrefix("HTTP/1.1 503 "))
        #expect(answers[0].hasSuffix("too many bytes of bodies are on their way\n"))
        for answer in answers.dropFirst() { #expect(answer.hasSuffix("POST /  900")) }
    }

    @Test("refuses an announced body beyond the limit without reading it, and a chunked one as it grows")
    func tooLarge() async throws {
        let limits = HTTPServerLimits(bodyBytesMax: 8)
        let announced = try await exchange(
            ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"], limits: limits)
        #expect(announced.hasPrefix("HTTP/1.1 413 Content Too Large|"))
        let chunked = try await exchange(
            ["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nfghij\r\n"],
            limits: limits)
        #expect(chunked.hasPrefix("HTTP/1.1 413 Content Too Large|"))
        let exact = try await exchange(
            ["POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\n12345678"], limits: limits)
        #expect(exact.hasSuffix("|POST /  8"))
    }

    @Test("asks for the body when the client waits for 100 Continue")
    func expectation() async throws {
        let text = try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop, handler: describe)
            server.start()
            let client = try await RawClient(server.address, loop: loop)
            await client.send(
                "POST /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            await client.receive { $0.hasSuffix("\r\n\r\n") }
            let interim = client.text
            await client.send("ok")
            let text = await client.receiveToEnd()
            server.stop()
            return (interim, text)
        }
        #expect(text.0 == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(text.1.hasSuffix("POST /e  2"))
    }

    @Test(
        "answers what is malformed with the right status and closes",
        arguments: [
            ("G@RBAGE\r\n\r\n", "400"),
            ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"),
            ("GET / HTTP/1.1\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", "417"),
            ("GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "a", count: 20_000) + "\r\n\r\n", "431"),
        ])
    func malformed(request: String, status: String) async throws {
        let text = try await exchange([request])
        #expect(text.hasPrefix("HTTP/1.1 \(status) "))
        #expect(text.contains("|Connection: close|"))
    }

    @Test("gives up on a slow head with 408, and on an idle connection in silence")
    func timeouts() async throws {
        var limits = HTTPServerLimits()
        limits.headTimeout = .milliseconds(40)
        limits.lingerTimeout = .milliseconds(10)
        #expect(try await exchange(["GET / HT"], limits: limits).hasPrefix("HTTP/1.1 408 "))
        limits.idleTimeout = .milliseconds(40)
        #expect(try await exchange([], limits: limits).isEmpty)
    }

    @Test("closes connections beyond its cap at once, and counts them")
    func cap() async throws {
        let (refused, answered) = try await onLoop { loop in
            let server = try HTTPServer(
                binding: anyPort, loop: loop, limits: HTTPServerLimits(connectionsMax: 1), handler: describe)
            server.start()
            let first = try await RawClient(server.address, loop: loop)
            await first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await first.receive { $0.hasSuffix("GET /  0") }
            let second = try await RawClient(server.address, loop: loop)
            let nothing = await second.receiveToEnd()
            await first.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            _ = await first.receiveToEnd()
            server.stop()
            let answers = first.text.split(separator: "HTTP/1.1 200 OK").count
            return (nothing.isEmpty ? server.counters.connectionsRefused.load(ordering: .relaxed) : 99, answers)
        }
        #expect(refused == 1)
        #expect(answered == 2)
    }

    @Test("answers what has begun when it is stopped, closes what is idle, and accepts no more")
    func stopping() async throws {
        let (busy, idle, late) = try await onLoop { loop in
            let gate = Waiter(loop: loop)
            let bound = LoopBound(gate, loop: loop)
            let entered = Waiter(loop: loop)
            let boundEntered = LoopBound(entered, loop: loop)
            let server = try HTTPServer(binding: anyPort, loop: loop) { _ in
                boundEntered.value.wake()
                _ = await bound.value.wait()
                return .text("done")
            }
            server.start()
            let idle = try await RawClient(server.address, loop: loop)
            let busy = try await RawClient(server.address, loop: loop)
            await busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = await entered.wait()
            server.stop()
            let idleText = await idle.receiveToEnd()
            gate.wake()
            let busyText = await busy.receiveToEnd()
            let late = try? await RawClient(server.address, loop: loop)
            let lateText = await late?.receiveToEnd()
            return (busyText, idle.hasEnded && idleText.isEmpty, lateText)
        }
        #expect(busy.hasSuffix("\r\n\r\ndone"))
        #expect(busy.contains("Connection: close\r\n"))
        #expect(idle)
        #expect(late == nil || late == "")
    }

    @Test("goes on after a client that resets in the middle of a body")
    func earlyClose() async throws {
        let (text, seen) = try await onLoop { loop in
            let seen = Mutex(0)
            let server = try HTTPServer(binding: anyPort, loop: loop) { request in
                seen.withLock { $0 += 1 }
                return await describe(request)
            }
            server.start()
            for _ in 0..<3 {
                let client = try await RawClient(server.address, loop: loop)
                await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
                client.reset()
            }
            let client = try await RawClient(server.address, loop: loop)
            await client.send("GET /after HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = await client.receiveToEnd()
            server.stop()
            return (text, seen.withLock { $0 })
        }
        #expect(text.hasSuffix("GET /after  0"))
        #expect(seen == 1)
    }

    @Test("says which address is taken")
    func taken() async throws {
        let message = try await onLoop { loop in
            let first = try HTTPServer(binding: anyPort, loop: loop, handler: describe)
            do {
                _ = try HTTPServer(binding: first.address, loop: loop, handler: describe)
                return "bound twice"
            } catch {
                return "\(error)".replacing("\(first.address)", with: "ADDRESS")
            }
        }
        #expect(message == "listen on ADDRESS: Address already in use")
    }
}
