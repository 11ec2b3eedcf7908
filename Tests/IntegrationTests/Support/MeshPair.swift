import EventLoop
import HTTPTransport

/// `web`'s proxy before `cart`'s, and a service behind that: with mutual TLS between the two, or without.
///
/// - Parameters:
///   - ofCart: flags of cart's proxy, on top.
///   - ofWeb: flags of web's proxy, on top.
func betweenSidecars(
    _ loop: EventLoop, service: SocketAddress, mutualTLS: Bool = true, ofCart: [String] = [], ofWeb: [String] = [],
    _ body: (_ web: ProxyProcess, _ cart: ProxyProcess) async throws -> Void
) async throws {
    var (ofCart, ofWeb) = (ofCart, ofWeb)
    // Its files must outlive the proxies.
    let mesh = try MeshIdentities()
    if mutualTLS {
        for name in ["web", "cart"] { try mesh.issue(name) }
        ofCart += try mesh.flags("cart") + ["--inbound-tls", "required"]
        ofWeb += try mesh.flags("web") + ["--target-identity", "cart=\(mesh.id("cart"))"]
    }
    try await ProxyProcess.run(loop, forwardingTo: service, ofCart) { cart in
        try await ProxyProcess.run(loop, targets: ["cart": [cart.inbound]], ofWeb) { web in try await body(web, cart) }
    }
    withExtendedLifetime(mesh) {}
}
