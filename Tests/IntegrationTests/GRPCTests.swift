import EventLoop
import Foundation
import Programs
import Testing

/// grpcio, which knows nothing of ours, calls grpcio through the proxies of both.
@Suite("gRPC through two proxies", .timeLimit(.minutes(3)))
struct GRPCTests {
    /// A script of `Interop/` as it is started.
    static func words(_ script: String, _ arguments: [String]) -> [String] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Interop/\(script)").path
        return [Program.python.path, path] + arguments
    }

    static func python(_ script: String, _ arguments: [String], loop: EventLoop) throws -> StartedProgram {
        let words = words(script, arguments)
        return try StartedProgram(
            words[0], Array(words.dropFirst()), environment: Program.python.environment ?? [:], loop: loop)
    }

    /// Runs `body` with `web`'s proxy before `cart`'s, and the grpcio server behind it.
    private static func between(
        _ loop: EventLoop, mutualTLS: Bool, ofWeb: [String] = [],
        _ body: (_ web: ProxyProcess, _ cart: ProxyProcess) async throws -> Void
    ) async throws {
        let address = Loopback.freshAddress()
        let server = try python("grpc_server.py", [address.description], loop: loop)
        try await server.until("the server is ready") { server.log.contains("ready") }
        try await betweenSidecars(loop, service: address, mutualTLS: mutualTLS, ofWeb: ofWeb, body)
        try await server.remove()
    }

    /// What `grpc_client.py` prints when nothing was lost.
    static var expected: NSDictionary {
        [
            "empty_unary": "", "large_unary": true, "client_streaming": "27182,8,1828,45904", "server_streaming": true,
            "ping_pong": ["pong 0", "pong 1", "pong 2", "pong 3", 0, "OK"], "empty_stream": 0,
            "custom_metadata": ["first", true], "status_code_and_message": ["UNKNOWN", "test status message"],
            "special_status_message": [
                "FAILED_PRECONDITION", "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n",
            ],
            "unimplemented_method": "UNIMPLEMENTED", "unimplemented_service": "UNIMPLEMENTED",
            "timeout_on_sleeping_server": "DEADLINE_EXCEEDED", "cancel_after_begin": "CANCELLED",
            "cancel_after_first_response": ["begun", "CANCELLED"], "concurrent": 60, "server_saw_cancel": 1,
            "server_saw_deadline": true,
        ]
    }

    @Test(
        "the behaviours of gRPC's interoperability tests are those of a direct call",
        arguments: [(false, "true"), (true, "true"), (true, "false")])
    func interoperability(mutualTLS: Bool, via: String) async throws {
        try await onLoop { loop in
            try await Self.between(loop, mutualTLS: mutualTLS, ofWeb: ["--via", via]) { web, cart in
                let client = try Self.python("grpc_client.py", [web.outbound.description, "cart"], loop: loop)
                _ = try await client.ended()
                let results = try JSONSerialization.jsonObject(with: Data(client.log.utf8)) as? NSDictionary
                #expect(results == Self.expected, "\(client.log)")
                for proxy in [web, cart] {
                    // Every call by its own status, and only those of the server's own fault as failures.
                    try await proxy.until("response_status_total", ["grpc_status": "FAILED_PRECONDITION"], is: 1)
                    try await proxy.until("response_status_total", ["grpc_status": "UNIMPLEMENTED"], is: 2)
                    try await proxy.until("response_status_total", ["grpc_status": "UNKNOWN"], is: 1)
                    let metrics = try await proxy.metrics()
                    #expect(metrics("response_status_total", ["grpc_status": ""]) == 0)
                    #expect(metrics("response_status_total", ["grpc_status": "OK"]) >= 66)
                    // UNKNOWN and, where the proxy saw it before the client's reset, DEADLINE_EXCEEDED.
                    #expect((1...2).contains(metrics("response_total", ["classification": "failure"])))
                }
                try await cart.until("requests_in_flight", is: 0)
            }
        }
    }

    @Test("a call that the proxy cannot carry ends with a status that says why")
    func ownFailures() async throws {
        try await onLoop { loop in
            let nobody = Loopback.freshAddress()
            try await ProxyProcess.run(loop, targets: ["cart": [nobody]]) { web in
                let client = try Self.python("grpc_failure.py", [web.outbound.description], loop: loop)
                _ = try await client.ended()
                let results = try JSONSerialization.jsonObject(with: Data(client.log.utf8)) as? NSDictionary
                let expected: NSDictionary = [
                    "cart": [
                        "UNAVAILABLE", "martlet: the upstream refused the connection (connect_refused)",
                        "connect_refused",
                    ],
                    "nobody": ["UNIMPLEMENTED", "martlet: no target has this name (no_route)", "no_route"],
                ]
                #expect(results == expected, "\(client.log)")
            }
        }
    }
}
