import EventLoop
import Testing

/// A body of a GiB in a direction, streamed between a source and a sink that keep nothing.
@Suite("Large bodies", .serialized, .timeLimit(.minutes(4)))
struct LargeBodyTests {
    private static let size = 1 << 30
    private static let chunkSize = 8 << 20

    /// The peak of the proxy's memory above what it had when small requests had been served.
    private static func growth(_ proxy: ProxyProcess, _ what: String, _ work: () async throws -> Void) async throws
        -> Int
    {
        #expect(try await proxy.serves("hello"))
        try proxy.program.resetMemoryPeak()
        let before = try proxy.program.memoryKiB("VmHWM")
        _ = try await proxy.metrics()
        let began = MonotonicTime.now()
        try await work()
        let seconds = Double(MonotonicTime.now().nanoseconds(since: began)) / 1e9
        let peak = try proxy.program.memoryKiB("VmHWM")
        let lag = try await proxy.metrics()("martlet_loop_lag_seconds_max", ["loop": "0"])
        print("\(what): \(seconds) s, memory \(before) → \(peak) KiB, longest turn \(lag) s")
        return peak - before
    }

    /// Room for an exchange with its grown buffers, and for what a process that was idle has to touch again.
    private static let growthKiBMax = 3072

    @Test("A GiB comes down in flat memory", arguments: [false, true])
    func download(isChunked: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    guard request.target == "/large" else {
                        try await connection.send(UpstreamReuseTests.hello)
                        continue
                    }
                    let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.size)"
                    try await connection.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
                    try await connection.pourBody(Self.size, chunkSize: isChunked ? Self.chunkSize : nil)
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let grown = try await Self.growth(proxy, "download\(isChunked ? ", chunked" : "")") {
                    let client = try await proxy.connect()
                    try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try await client.receive(through: "\r\n\r\n")
                    if isChunked {
                        #expect(try await client.drainChunks() == Self.size)
                    } else {
                        #expect(try await client.drain(Self.size) == Self.size)
                    }
                    // The connection is where it should be: the next request is answered on it.
                    #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text == "hello")
                }
                #expect(grown <= Self.growthKiBMax)
                try await proxy.until("response_body_bytes_total", is: Double(Self.size + 10))
            }
        }
    }

    @Test("A GiB goes up in flat memory", arguments: [false, true])
    func upload(isChunked: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let head = ReceivedMessage(head: try await connection.receive(through: "\r\n\r\n"))
                    if head.method == "POST" {
                        #expect((head["transfer-encoding"] == "chunked") == isChunked)
                        let count =
                            isChunked ? try await connection.drainChunks() : try await connection.drain(Self.size)
                        #expect(count == Self.size)
                    }
                    try await connection.send(UpstreamReuseTests.hello)
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let grown = try await Self.growth(proxy, "upload\(isChunked ? ", chunked" : "")") {
                    let client = try await proxy.connect()
                    let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.size)"
                    try await client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
                    try await client.pourBody(Self.size, chunkSize: isChunked ? Self.chunkSize : nil)
                    #expect(try await client.receiveResponse().text == "hello")
                    #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text == "hello")
                }
                #expect(grown <= Self.growthKiBMax)
                try await proxy.until("request_body_bytes_total", is: Double(Self.size))
                #expect(upstream.connectionCount == 1 && upstream.failures.isEmpty)
            }
        }
    }

    @Test(
        "An upstream that does not read stops its client; when it reads on, everything arrives",
        arguments: [false, true])
    func backpressure(isChunked: Bool) async throws {
        try await onLoop { loop in
            let mayRead = Signal(loop: loop)
            let size = 64 << 20
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let head = ReceivedMessage(head: try await connection.receive(through: "\r\n\r\n"))
                    if head.method == "POST" {
                        try await mayRead.wait()
                        let count = isChunked ? try await connection.drainChunks() : try await connection.drain(size)
                        #expect(count == size)
                    }
                    try await connection.send(UpstreamReuseTests.hello)
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
                if isChunked { try await client.send("\(String(size, radix: 16))\r\n") }
                let grown = try await Self.growth(proxy, "backpressure") {
                    let taken = try await client.pourUntilStuck(silence: .milliseconds(300))
                    // The kernel's buffers of two connections, and the proxy's own.
                    #expect(taken < 32 << 20)
                    mayRead.give()
                    _ = try await client.pour(size - taken)
                    if isChunked { try await client.send("\r\n0\r\n\r\n") }
                    #expect(try await client.receiveResponse().text == "hello")
                }
                #expect(grown <= Self.growthKiBMax)
            }
        }
    }
}
