import EventLoop
import Testing

@Suite("Ten thousand idle connections", .timeLimit(.minutes(2)))
struct IdleConnectionTests {
    private static let count = 10_000
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("cost little memory, slow nobody down, and still work afterwards")
    func tenThousand() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--idle-timeout", "10m"]) { proxy in
                #expect(try await proxy.serves("hello"))
                let before = try proxy.program.memoryKiB("VmRSS")
                var clients: [RawConnection] = []
                for _ in 0..<Self.count {
                    let client = try await proxy.connect()
                    let response = try await client.exchange(Self.get)
                    try #require(response.text == "hello")
                    clients.append(client)
                }
                try await proxy.until("connections_open", ["peer": "client"], is: Double(Self.count))
                let bytesEach = (try proxy.program.memoryKiB("VmRSS") - before) * 1024 / Self.count
                print("memory per idle connection (debug build): \(bytesEach) bytes")
                #expect(bytesEach <= 3 * 1024)
                #expect(upstream.connectionCount == 1)

                let busy = try await proxy.connect()
                for _ in 0..<1000 { try #require(try await busy.exchange(Self.get).text == "hello") }
                for index in stride(from: 0, to: Self.count, by: 97) {
                    try #require(try await clients[index].exchange(Self.get).text == "hello")
                }
                clients.removeAll()
                try await proxy.until("connections_open", ["peer": "client"], is: 1)
                #expect(try await proxy.serves("hello"))
            }
        }
    }
}
