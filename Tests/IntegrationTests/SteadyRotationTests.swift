import EventLoop
import Foundation
import Testing

/// Identities that change all the time under load: in turn the leaves, the issuer, and the trust anchor, whose old one and
/// new one are both trusted for a while.
@Suite("Rotation without a pause", .timeLimit(.minutes(4)))
struct SteadyRotationTests {
    /// How often something changes, and for how long. `MARTLET_ROTATION_SECONDS=60` makes it a minute with a change every second.
    private static let fullSeconds = ProcessInfo.processInfo.environment["MARTLET_ROTATION_SECONDS"].flatMap { Int($0) }
    private static var interval: Duration { fullSeconds == nil ? .milliseconds(300) : .seconds(1) }
    private static var changeCount: Int { fullSeconds ?? 40 }

    @Test("fails no request and no handshake")
    func rotation() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            let tunnel = Loopback.freshAddress()
            let server = try mesh.flags("cart") + ["--inbound-tls", "required"]
            let client =
                try mesh.flags("web") + [
                    "--target-identity", "cart=\(mesh.id("cart"))", "--outbound-tcp", "\(tunnel)=cart",
                ]
            try await ProxyProcess.run(loop, forwardingTo: service.address, server) { cart in
                try await ProxyProcess.run(loop, targets: ["cart": [cart.inbound]], client) { web in
                    // Requests share a connection between the proxies that outlives every change. Each connection through
                    // the port for TCP is a new one, and a handshake with the identities of the moment.
                    let requests = SteadyLoad(
                        on: web.outbound, host: "cart", expecting: ["hello"], keepAlive: 4, anew: 2, loop: loop)
                    let handshakes = SteadyLoad(
                        on: tunnel, host: "cart", expecting: ["hello"], keepAlive: 1, anew: 3, loop: loop)
                    for change in 0..<Self.changeCount {
                        let due = loop.now.advanced(by: Self.interval)
                        try Self.rotate(mesh, change)
                        for proxy in [web, cart] { try await Self.took(proxy, change + 1) }
                        while loop.now < due { await loop.sleep(for: .milliseconds(10)) }
                    }
                    for load in [requests, handshakes] { try await load.more(20) }
                    for load in [requests, handshakes] { try await load.stop() }
                    #expect(requests.failures == [] && requests.refusals == 0)
                    #expect(handshakes.failures == [] && handshakes.refusals == 0)
                    try await Self.judge(web, cart, requests.answered, handshakes.answered)
                }
            }
        }
    }

    private static func rotate(_ mesh: MeshIdentities, _ change: Int) throws {
        switch change % 5 {
        case 0: break
        case 1: mesh.replaceIssuer()
        case 2: return try mesh.addAnchor()
        case 3: break
        default: return try mesh.dropOldAnchors()
        }
        for name in ["web", "cart"] { try mesh.issue(name) }
    }

    private static func took(_ proxy: ProxyProcess, _ count: Int) async throws {
        try await proxy.until("martlet_identity_rotations_total", ["result": "success"], is: Double(count))
    }

    private static func judge(
        _ web: ProxyProcess, _ cart: ProxyProcess, _ requests: Int, _ connections: Int
    ) async throws {
        for (proxy, direction) in [(web, "outbound"), (cart, "inbound")] {
            let metrics = try await proxy.metrics()
            let done = metrics("tls_handshakes_total", ["direction": direction, "result": "done"])
            let resumed = metrics("tls_handshakes_total", ["direction": direction, "result": "resumed"])
            #expect(metrics("tls_handshakes_total") == done + resumed)
            #expect(metrics("martlet_identity_rotations_total", ["result": "failure"]) == 0)
            #expect(metrics.values(of: "reason", in: "response_status_total") == [""])
            if proxy === web {
                print(
                    "\(changeCount) rotations: \(requests) requests, \(connections) over TCP, \(Int(done)) handshakes and \(Int(resumed)) resumed, 0 failed"
                )
                // How many are resumed between two changes is the speed of the machine.
                #expect(Int(done) > changeCount && resumed > 0)
            }
        }
    }
}
