import EventLoop
import Testing

@Suite("A lingering close", .timeLimit(.minutes(1)))
struct LingeringCloseTests {
    @Test("K10 an early response reaches a client that is still sending, and the connection ends without a reset")
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
}
