import EventLoop
import Foundation
import HTTPTransport
import TLS

/// A mesh with a server that takes clients with and without a certificate.
struct Mesh {
    let bundle: TrustBundle
    private let issuer: CertificateAuthority

    init() throws {
        let anchor = CertificateAuthority.makeAnchor(trustDomain: try TrustDomain("mesh.test"), at: .now())
        issuer = anchor.makeIssuer(at: .now())
        bundle = try TrustBundle([anchor.certificate])
    }

    func workload(_ name: String) throws -> WorkloadIdentity {
        try WorkloadIdentity(trustDomain: issuer.trustDomain, namespace: "shop", serviceAccount: name)
    }

    /// - Parameter protocols: for ALPN, dearest first.
    func context(
        _ role: TLSContext.Role, _ name: String, alsoTrusting other: [Certificate] = [], protocols: [String] = []
    ) throws -> TLSContext {
        let bundle = try TrustBundle(bundle.anchors + other)
        let issued = try issuer.issue(workload(name), at: .now())
        let snapshot = try IdentitySnapshot(
            key: issued.key, chain: issued.chain, bundle: bundle, generation: 1, at: .now())
        var settings = TLSSettings()
        settings.clientCertificates = .optional
        settings.applicationProtocols = protocols
        return try TLSContext(role, identity: snapshot, settings: settings)
    }

    func server(_ loop: EventLoop, protocols: [String] = []) throws -> HTTPServer {
        let context = try context(.server, "cart", protocols: protocols)
        let server = try HTTPServer(binding: anyPort, loop: loop, tls: context) { request in
            .text("\(request.client?.id.description ?? "nobody") sent \(request.body.count)")
        }
        server.start()
        return server
    }

    /// Runs `body` with the paths of files in PEM: a workload's key and its chain, and the trust bundle.
    func withFiles<Result>(
        _ name: String, _ body: (_ key: String, _ chain: String, _ bundle: String) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-http-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let issued = try issuer.issue(workload(name), at: .now())
        let contents = [issued.key.pem, issued.chain.flatMap(\.pem), bundle.anchors.flatMap(\.pem)]
        let paths = ["key", "chain", "bundle"].map { folder.appending(path: $0) }
        for (content, path) in zip(contents, paths) { try Data(content).write(to: path) }
        let result = try await body(paths[0].path, paths[1].path, paths[2].path)
        try FileManager.default.removeItem(at: folder)
        return result
    }
}
