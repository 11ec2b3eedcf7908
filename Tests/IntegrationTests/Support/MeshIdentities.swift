import Foundation
import TLS

/// The authority of a small mesh and its workloads' files, in a temporary directory.
final class MeshIdentities {
    let domain: TrustDomain
    private(set) var anchors: [Certificate]
    private var anchor: CertificateAuthority
    private var issuer: CertificateAuthority
    let directory: IdentityDirectory

    init(_ domain: String = "shop.example") throws {
        self.domain = try TrustDomain(domain)
        anchor = CertificateAuthority.makeAnchor(trustDomain: self.domain, at: .now())
        anchors = [anchor.certificate]
        issuer = anchor.makeIssuer(at: .now())
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-mesh-\(UUID().uuidString)").path
        directory = IdentityDirectory(path)
        try directory.write(anchor: anchor, issuer: issuer, replaces: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.path) }

    func workload(_ name: String) throws -> WorkloadIdentity {
        try WorkloadIdentity(trustDomain: domain, namespace: "default", serviceAccount: name)
    }

    func id(_ name: String) throws -> String { try workload(name).id.description }

    /// Issues a workload's files, also over those that it has.
    func issue(_ name: String, lifetimeSeconds: Int64 = 3600, at now: WallTime = .now()) throws {
        let issued = try issuer.issue(workload(name), lifetimeSeconds: lifetimeSeconds, at: now)
        try directory.write(issued, name: name, replaces: true)
    }

    /// Flags that give a proxy the identity of `name`, issued here, and the bundle of `trusting`.
    func flags(_ name: String, trusting other: MeshIdentities? = nil) throws -> [String] {
        let files = directory.files(of: name)
        let bundle = other?.directory.bundle ?? files.bundle
        return ["--identity-key", files.key, "--identity-chain", files.chain, "--trust-bundle", bundle]
    }

    /// What an end of the tests' own speaks TLS with, as the workload `name`.
    /// - Parameters:
    ///   - protocols: for ALPN, dearest first.
    ///   - now: when its certificate is made.
    func context(
        _ role: TLSContext.Role, _ name: String, protocols: [String] = [], at now: WallTime = .now()
    ) throws -> TLSContext {
        let issued = try issuer.issue(workload(name), at: now)
        let snapshot = try IdentitySnapshot(
            key: issued.key, chain: issued.chain, bundle: TrustBundle(anchors), generation: 1, at: now)
        var settings = TLSSettings()
        settings.applicationProtocols = protocols
        return try TLSContext(role, identity: snapshot, settings: settings)
    }

    /// Begins to trust a new anchor beside the old ones, and issues under it from now on.
    func addAnchor() throws {
        anchor = CertificateAuthority.makeAnchor(trustDomain: domain, at: .now())
        anchors.append(anchor.certificate)
        issuer = anchor.makeIssuer(at: .now())
        try writeBundle()
    }

    /// Issues by a new issuer under the newest anchor from now on.
    func replaceIssuer() { issuer = anchor.makeIssuer(at: .now()) }

    /// Puts the issuer under the newest anchor in the place of the one before.
    func writeIssuer() throws {
        try StoredFile.write(.privateKey, issuer.key.pem, to: directory.issuerKey, replaces: true)
        try StoredFile.write(
            .certificates, issuer.intermediates.flatMap(\.pem), to: directory.issuerCertificate, replaces: true)
    }

    /// Trusts the newest anchor only.
    func dropOldAnchors() throws {
        anchors = anchors.suffix(1)
        try writeBundle()
    }

    private func writeBundle() throws {
        let pem = anchors.flatMap(\.pem)
        try Data(pem).write(to: URL(filePath: directory.bundle), options: .atomic)
    }
}
