import HTTPTransport
import TLS

/// A client that speaks TLS to a proxy of the shop and must not come in.
enum Stranger: CaseIterable {
    case noCertificate, expired, otherTrustDomain

    /// The `result` by which the proxy counts and logs it.
    var word: String {
        switch self {
        case .noCertificate: "no_certificate"
        case .expired: "expired"
        case .otherTrustDomain: "other_trust_domain"
        }
    }

    var title: String {
        switch self {
        case .noCertificate: "a client without a certificate"
        case .expired: "a client whose certificate has expired"
        case .otherTrustDomain: "a client of another trust domain"
        }
    }

    /// How it speaks to a service whose certificate it trusts itself.
    func tls(_ shop: ShopIdentities, to server: ServiceName, folder: String) throws(DemoError) -> HTTPClientTLS {
        do {
            return HTTPClientTLS(try context(shop, folder: folder), to: shop.workload(server))
        } catch {
            throw .start("cannot make \(title): \(error)")
        }
    }

    private func context(_ shop: ShopIdentities, folder: String) throws -> TLSContext {
        let domain = shop.workload(.cart).trustDomain
        let bundle = try TrustBundle([shop.anchor], defaultDomain: domain)
        switch self {
        case .noCertificate: return try TLSContext(trusting: bundle)
        case .expired:
            let then = WallTime.now().advanced(bySeconds: -7_200)
            return try Self.context(try shop.issue(.cart, lifetimeSeconds: 3_600, at: then), bundle, at: then)
        case .otherTrustDomain:
            let other = try ShopIdentities("\(folder)/stranger", trustDomain: "other.demo")
            let both = try TrustBundle([other.anchor, shop.anchor], defaultDomain: other.workload(.cart).trustDomain)
            return try Self.context(try other.issue(.cart), both, at: .now())
        }
    }

    /// - Parameter moment: when the identity is, or was, one that its owner would have taken over.
    private static func context(
        _ issued: IssuedIdentity, _ bundle: TrustBundle, at moment: WallTime
    ) throws -> TLSContext {
        let snapshot = try IdentitySnapshot(
            key: issued.key, chain: issued.chain, bundle: bundle, generation: 1, at: moment)
        return try TLSContext(.client, identity: snapshot)
    }
}
