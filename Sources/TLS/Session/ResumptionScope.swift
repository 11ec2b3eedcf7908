/// Everything that a verdict on a peer depends on apart from the peer and the time, as a digest: whom this side trusts, what
/// it insists on, whom it expects, and who it is. OpenSSL takes no session back that was made in another scope
/// (SSL_set_session_id_context).
struct ResumptionScope: Sendable {
    private let ofContext: [UInt8]

    init(_ identity: IdentitySnapshot?, _ bundle: TrustBundle, _ settings: TLSSettings) {
        let words = [
            "\(settings.clientCertificates)", "\(settings.minimumVersion)", "\(settings.resumptionSeconds)",
            bundle.defaultDomain.name,
        ]
        let certificates = [identity?.chain ?? [], bundle.anchors].map {
            $0.map { String(decoding: $0.pem, as: UTF8.self) }
        }
        // Each list and each item behind its length, so that no two scopes have the same bytes.
        ofContext =
            ([words, settings.applicationProtocols] + certificates).flatMap { list in
                Self.bytes(of: list.count) + list.flatMap { Self.bytes(of: $0.utf8.count) + Array($0.utf8) }
            }.sha256
    }

    /// 32 bytes, as many as OpenSSL allows.
    func digest(expecting expected: SPIFFEID?) -> [UInt8] {
        guard let expected else { return ofContext }
        return (ofContext + Array(expected.description.utf8)).sha256
    }

    private static func bytes(of count: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }
}
