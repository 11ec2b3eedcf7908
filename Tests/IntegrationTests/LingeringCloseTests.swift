import EventLoop
import Testing

@Suite("A lingering close", .timeLimit(.minutes(1)))
struct LingeringCloseTests {
    @Test("K7, K10 an early response reaches a client that is still sending, and the connection ends without a reset")
    func early() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receive(through: "\r\n\r\n")
                try await connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
                try await connection.untilEnded()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                var couldGoOn = false
                // The proxy waits for a second only, which a busy machine may take from one client but not from all.
                for _ in 0..<5 where !couldGoOn {
                    let client = try await proxy.connect()
                    try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhalf")
                    let response = try await client.receiveResponse()
                    #expect(response.status == 403 && response.text == "no")
                    #expect(response["connection"] == "close")
                    #expect(try await client.receiveToEnd() == [])
                    #expect(client.ending == .finished)
                    // A reset would answer the first of these and refuse the second.
                    _ = try await client.send([UInt8](repeating: 0x61, count: 1000))
                    couldGoOn = try await client.send([UInt8](repeating: 0x61, count: 1000))
                }
                #expect(couldGoOn)
                try await proxy.until("connections_open", ["peer": "upstream"], is: 0)
            }
        }
    }

    @Test(
        "I4 a final response in the place of 100 ends the connection, and a body that comes all the same is no request")
    func finalInsteadOfContinue() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                let head = try await connection.receive(through: "\r\n\r\n")
                #expect(head.contains("Expect: 100-continue\r\n"))
                try await connection.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno")
                try await connection.untilEnded()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let body = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
                let client = try await proxy.connect()
                let response = try await client.exchange(
                    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
                #expect(response.status == 417 && response.text == "no" && response["connection"] == "close")
                try await client.send(body)
                #expect(try await client.receiveToEnd() == [])
                try await proxy.until("request_total", is: 1)
                try await proxy.until("connections_open", is: 0)
                #expect(upstream.connectionCount == 1)
            }
        }
    }
}
