import EventLoop
import HTTPTransport
import Testing

@Suite("An HTTP client", .timeLimit(.minutes(1)))
struct HTTPClientTests {
    /// What came of one request to a scripted server.
    private func outcome(of reply: String, method: String = "GET") async throws -> Result<HTTPResponse, HTTPClientError>
    {
        try await onLoop { loop in
            let server = try ScriptedServer(loop: loop, replies: [[reply]])
            let client = HTTPClient(loop: loop)
            do throws(HTTPClientError) {
                return .success(
                    try await client.request(
                        method, to: server.address, authority: "x", target: "/",
                        deadline: loop.now.advanced(by: .seconds(5))))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test(
        "takes a body by length, in chunks, and to the end of the connection, and skips interim responses",
        arguments: [
            "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n4\r\nello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello",
        ])
    func bodies(reply: String) async throws {
        let response = try await outcome(of: reply).get()
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(response.fields["a"] == "b")
    }

    @Test(
        "expects no body of HEAD, 204 and 304",
        arguments: [
            ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200),
            ("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204),
            ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304),
        ])
    func bodiless(method: String, reply: String, status: Int) async throws {
        let response = try await outcome(of: reply, method: method).get()
        #expect(response.status == status)
        #expect(response.body.isEmpty)
    }

    @Test(
        "names what went wrong",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", HTTPClientError.reset),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", .reset),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", .invalidResponse),
            ("SSH-2.0-OpenSSH\r\n\r\n", .invalidResponse),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .invalidResponse),
            ("", .timedOut),
        ])
    func failures(reply: String, error: HTTPClientError) async throws {
        let failure: HTTPClientError? = try await onLoop { loop in
            let script = reply.isEmpty ? ["", ""] : [reply]
            let server = try ScriptedServer(loop: loop, replies: [script])
            do throws(HTTPClientError) {
                _ = try await HTTPClient(loop: loop).request(
                    to: server.address, authority: "x", target: "/",
                    deadline: loop.now.advanced(by: reply.isEmpty ? .milliseconds(50) : .seconds(5)))
                return nil
            } catch {
                return error
            }
        }
        #expect(failure == error)
    }

    @Test("names a refused connection")
    func refused() async throws {
        let failure: HTTPClientError? = try await onLoop { loop in
            let free = try HTTPServer(binding: anyPort, loop: loop, handler: describe).address
            do throws(HTTPClientError) {
                _ = try await HTTPClient(loop: loop).request(
                    to: free, authority: "x", target: "/", deadline: loop.now.advanced(by: .seconds(5)))
                return nil
            } catch {
                return error
            }
        }
        #expect(failure == .connectRefused)
    }

    @Test("uses a kept connection again, and a new one when the server closed it meanwhile")
    func pool() async throws {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let (texts, connections) = try await onLoop { loop in
            let server = try ScriptedServer(loop: loop, replies: [[ok, ok], [ok]])
            let client = HTTPClient(loop: loop)
            var texts: [String] = []
            for _ in 0..<3 {
                let response = try await client.request(
                    to: server.address, authority: "x", target: "/", deadline: loop.now.advanced(by: .seconds(5)))
                texts.append(response.text)
            }
            return (texts, server.connections)
        }
        #expect(texts == ["ok", "ok", "ok"])
        #expect(connections == 2)
    }

    @Test("sends once more when a kept connection dies before the first byte of a response")
    func staleRetry() async throws {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let (text, connections) = try await onLoop { loop in
            // The first connection reads the second request and closes without an answer.
            let server = try ScriptedServer(loop: loop, replies: [[ok, ""], [ok]])
            let client = HTTPClient(loop: loop)
            let deadline = loop.now.advanced(by: .seconds(5))
            _ = try await client.request(to: server.address, authority: "x", target: "/", deadline: deadline)
            let response = try await client.request(
                "POST", to: server.address, authority: "x", target: "/", body: [1], deadline: deadline)
            return (response.text, server.connections)
        }
        #expect(text == "ok")
        #expect(connections == 2)
    }

    @Test("hears the refusal of a body that the server does not read")
    func earlyRefusal() async throws {
        let status = try await onLoop { loop in
            let server = try HTTPServer(
                binding: anyPort, loop: loop, limits: HTTPServerLimits(bodyBytesMax: 10), handler: describe)
            server.start()
            let response = try await HTTPClient(loop: loop).request(
                "POST", to: server.address, authority: "x", target: "/", body: [UInt8](repeating: 7, count: 4 << 20),
                deadline: loop.now.advanced(by: .seconds(10)))
            server.stop()
            return response.status
        }
        #expect(status == 413)
    }

    @Test("carries a large body both ways, with the fields it was given")
    func large() async throws {
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let (echoed, seen) = try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop, limits: HTTPServerLimits(bodyBytesMax: 4 << 20)) {
                HTTPResponse(
                    contentType: "application/octet-stream", fields: ["X-Seen": $0.fields["x-sent"] ?? ""],
                    body: $0.body)
            }
            server.start()
            let response = try await HTTPClient(loop: loop).request(
                "POST", to: server.address, authority: "x", target: "/", fields: ["X-Sent": "yes"], body: body,
                deadline: loop.now.advanced(by: .seconds(20)))
            server.stop()
            return (response.body, response.fields["x-seen"])
        }
        #expect(echoed == body)
        #expect(seen == "yes")
    }
}
