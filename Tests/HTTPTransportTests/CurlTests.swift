import EventLoop
import HTTPTransport
import Testing

@Suite("curl as the client", .timeLimit(.minutes(1)))
struct CurlTests {
    private func run(
        limits: HTTPServerLimits = HTTPServerLimits(), input: [UInt8] = [],
        _ arguments: @escaping @Sendable (String) -> [String]
    ) async throws -> (status: Int32, output: String) {
        try await onLoop { loop in
            let server = try HTTPServer(binding: anyPort, loop: loop, limits: limits, handler: describe)
            server.start()
            let result = try await curl(arguments("http://\(server.address)"), input: input)
            server.stop()
            return result
        }
    }

    @Test("gets two pages over one connection")
    func reuse() async throws {
        let result = try await run { ["-w", " %{num_connects}\n", "\($0)/one?q=1", "\($0)/two"] }
        #expect(result.status == 0)
        #expect(result.output == "GET /one q=1 0 1\nGET /two  0 0\n")
    }

    @Test("uploads a megabyte, for which it asks 100 Continue first")
    func upload() async throws {
        let result = try await run(
            limits: HTTPServerLimits(bodyBytesMax: 1 << 20), input: [UInt8](repeating: 65, count: 1 << 20)
        ) {
            ["-H", "Expect: 100-continue", "--data-binary", "@-", "\($0)/up"]
        }
        #expect(result.output == "POST /up  1048576")
    }

    @Test("speaks HTTP/2 on the same port, when it knows that it may")
    func http2() async throws {
        let upload = try await run(input: [UInt8](repeating: 65, count: 300_000)) {
            ["--http2-prior-knowledge", "-w", " %{http_version}", "--data-binary", "@-", "\($0)/up"]
        }
        #expect(upload.output == "POST /up  300000 2")
    }

    @Test("uploads in chunks")
    func chunked() async throws {
        let result = try await run(input: [UInt8](repeating: 65, count: 100_000)) {
            ["-H", "Transfer-Encoding: chunked", "--data-binary", "@-", "\($0)/up"]
        }
        #expect(result.output == "POST /up  100000")
    }

    @Test("is told when its body is too large")
    func tooLarge() async throws {
        let result = try await run(
            limits: HTTPServerLimits(bodyBytesMax: 1000), input: [UInt8](repeating: 65, count: 3 << 20)
        ) {
            ["-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-", "\($0)/up"]
        }
        #expect(result.output == "413")
    }
}
