import EventLoop
import Testing

@Suite("Clients that go away", .serialized, .timeLimit(.minutes(2)))
struct ClientGoesAwayTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("Who resets while waiting is no longer worked for: the upstream's connection ends (K13)")
    func whileWaiting() async throws {
        try await onLoop { loop in
            let upstreamEnded = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.untilEnded()
                upstreamEnded.give()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.get)
                try await upstream.wait { $0.connectionCount == 1 }
                try await proxy.until("requests_in_flight", is: 1)
                client.reset()
                try await upstreamEnded.wait()
                try await proxy.untilEnded(1, reason: "client_closed", status: 499)
                // It is the client's doing, no failure of the service.
                #expect(try await proxy.metrics()("response_total", ["classification": "failure"]) == 0)
                try await proxy.until("connections_open", is: 0)
            }
        }
    }

    @Test(
        "Who leaves within the upload leaves the upstream without the end of the body", arguments: [false, true],
        [false, true])
    func withinTheUpload(isReset: Bool, isChunked: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                #expect(request.text == (isChunked ? "" : "half") || request.text == "half")
                #expect(!request.isComplete)
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 10"
                let half = isChunked ? "4\r\nhalf\r\n" : "half"
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(half)")
                try await upstream.wait { $0.connectionCount == 1 }
                isReset ? client.reset() : client.close()
                try await proxy.untilEnded(1, reason: "client_closed", status: 499)
                try await upstream.wait { $0.endedCount == 1 }
                #expect(upstream.failures.isEmpty)
                try await proxy.until("connections_open", is: 0)
            }
        }
    }

    @Test(
        "Who leaves within a response that flows, or that rests, ends the upstream's connection",
        arguments: [false, true])
    func withinTheResponse(isFlowing: Bool) async throws {
        try await onLoop { loop in
            let upstreamEnded = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nhalf")
                if isFlowing { #expect(try await connection.pour(900_000_000) == false) }
                try await connection.untilEnded()
                upstreamEnded.give()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.get)
                _ = try await client.receive(through: "half")
                if isFlowing { _ = try await client.drain(1 << 20) }
                client.reset()
                try await upstreamEnded.wait()
                try await proxy.until("response_status_total", ["reason": "client_closed"], is: 1)
                try await proxy.until("connections_open", is: 0)
            }
        }
    }

    @Test("Who only closes the sending side after the request is answered (K11)")
    func halfClose() async throws {
        try await onLoop { loop in
            let clientHasFinished = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                try await clientHasFinished.wait()
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\(request.text)")
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                client.finishSending()
                try await upstream.wait { $0.connectionCount == 1 }
                clientHasFinished.give()
                let response = try await client.receiveResponse()
                #expect(response.status == 200 && response.text == "hello")
                #expect(try await client.untilEnded() == .finished)
                try await proxy.until("response_total", ["classification": "success"], is: 1)
            }
        }
    }

    @Test("Who connects and says nothing is no request, and is let go in silence after the idle time")
    func saysNothing() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--idle-timeout", "1s"]) { proxy in
                try await proxy.connect().close()
                let silent = try await proxy.connect()
                #expect(try await silent.receiveToEnd().isEmpty && silent.ending == .finished)
                let served = try await proxy.connect()
                #expect(try await served.exchange(Self.get).text == "hello")
                #expect(try await served.receiveToEnd().isEmpty && served.ending == .finished)
                try await proxy.until("connections_open", ["peer": "client"], is: 0)
                #expect(try await proxy.metrics()("request_total") == 1)
            }
        }
    }
}
