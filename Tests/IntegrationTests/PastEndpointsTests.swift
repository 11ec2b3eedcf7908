import EventLoop
import Foundation
import Glibc
import Testing

/// HTTP/2 and gRPC clients of a target of which no endpoint is left.
@Suite("When no endpoint is left", .serialized, .timeLimit(.minutes(2)))
struct PastEndpointsTests {
    /// What has become of them, and what a client is told.
    enum Past: String, CaseIterable, Sendable {
        case refusing, refusingInMesh, silent, strangers

        var status: Int {
            switch self {
            case .refusing, .refusingInMesh: 503
            case .silent: 504
            case .strangers: 502
            }
        }

        var reason: String {
            switch self {
            case .refusing, .refusingInMesh: "connect_refused"
            case .silent: "connect_timeout"
            case .strangers: "peer_refused"
            }
        }
    }

    private struct Answer: Decodable {
        let head: [String: String]?
        let reset: Int?
    }

    /// A request by HTTP/2 and a call of gRPC, each of which is told why, on a stream that ends properly.
    /// - Parameter counted: how many requests, calls aside, have been told so by then.
    private static func bothAreTold(
        _ web: ProxyProcess, status: Int, reason: String, counted: Double = 1, _ loop: EventLoop
    ) async throws {
        let client = try GRPCTests.python(
            "h2_request.py", [web.outbound.description, "cart", "POST", "/", "body"], loop: loop)
        _ = try await client.ended()
        let answer = try JSONDecoder().decode(Answer.self, from: Data(client.log.utf8))
        #expect(answer.head?[":status"] == "\(status)" && answer.head?["martlet-reason"] == reason, "\(client.log)")
        #expect(answer.reset == nil)
        let caller = try GRPCTests.python("grpc_failure.py", [web.outbound.description], loop: loop)
        _ = try await caller.ended()
        let results = try JSONDecoder().decode([String: [String]].self, from: Data(caller.log.utf8))
        let told = try #require(results["cart"], "\(caller.log)")
        #expect(told.first == "UNAVAILABLE" && told.last == reason && told[1].hasSuffix("(\(reason))"), "\(told)")
        let labels = ["dst_service": "cart", "reason": reason]
        try await web.until(
            "response_status_total", labels.merging(["status_code": "\(status)", "grpc_status": ""]) { $1 }, is: counted
        )
        try await web.until(
            "response_status_total", labels.merging(["status_code": "200", "grpc_status": "UNAVAILABLE"]) { $1 }, is: 1)
    }

    @Test("a request and a call are told why, also while all are passed over", arguments: Past.allCases)
    func told(past: Past) async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "payment"] { try mesh.issue(name) }
            let identity = try mesh.flags("web") + ["--target-identity", "cart=\(mesh.id("cart"))"]
            let nobody = [Loopback.freshAddress(), Loopback.freshAddress()]
            switch past {
            case .refusing: try await Self.run(loop, past, nobody, [])
            case .refusingInMesh: try await Self.run(loop, past, nobody, identity)
            case .silent:
                let holes = [try await FullListener(loop: loop), try await FullListener(loop: loop)]
                try await Self.run(loop, past, holes.map(\.address), ["--connect-timeout", "200ms"])
            case .strangers:
                let service = try ScriptedUpstream.answering("hello", loop: loop)
                try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("payment")) { payment in
                    try await Self.run(loop, past, [payment.inbound, payment.inbound], identity)
                    #expect(service.connectionCount == 0)
                }
            }
        }
    }

    private static func run(
        _ loop: EventLoop, _ past: Past, _ endpoints: [SocketAddress], _ flags: [String]
    ) async throws {
        try await ProxyProcess.run(loop, targets: ["cart": endpoints], flags) { web in
            try await bothAreTold(web, status: past.status, reason: past.reason, loop)
            #expect(try await web.metrics().values(of: "reason", in: "response_status_total").contains(past.reason))
            try await web.until("requests_in_flight", is: 0)
        }
    }

    @Test("proxies that drain are not left: what has begun ends, and what is new is refused", arguments: [false, true])
    func draining(mutualTLS: Bool) async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let ofCart = mutualTLS ? try mesh.flags("cart") : []
            let ofWeb = mutualTLS ? try mesh.flags("web") + ["--target-identity", "cart=\(mesh.id("cart"))"] : []
            let release = Signal(loop: loop)
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                while try await connection.hasMore() {
                    if try await connection.receiveRequest().target == "/hang" { try await release.wait() }
                    try await connection.send(UpstreamReuseTests.hello)
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: service.address, ofCart) { first in
                try await ProxyProcess.run(loop, forwardingTo: service.address, ofCart) { second in
                    let targets = ["cart": [first.inbound, second.inbound]]
                    try await ProxyProcess.run(loop, targets: targets, ofWeb) { web in
                        let clients = [try await web.connectOutbound(), try await web.connectOutbound()]
                        for client in clients { try await client.send("GET /hang HTTP/1.1\r\nHost: cart\r\n\r\n") }
                        for cart in [first, second] { try await cart.until("requests_in_flight", is: 1) }
                        for cart in [first, second] { cart.program.send(SIGTERM) }
                        try await web.program.until("new requests are refused") {
                            let request = "GET / HTTP/1.1\r\nHost: cart\r\n\r\n"
                            return try await web.connectOutbound().exchange(request).reason == "connect_refused"
                        }
                        try await Self.bothAreTold(web, status: 503, reason: "connect_refused", counted: 2, loop)
                        release.give()
                        for client in clients { #expect(try await client.receiveResponse().text == "hello") }
                        for cart in [first, second] { #expect(try await cart.ended() == 0) }
                    }
                }
            }
        }
    }
}
