import EventLoop
import Glibc
import HTTPTransport
import TLS
import Testing

/// A real `martlet-controller identity` that signs with the issuer of a mesh. It may be ended and started again, at the same
/// address.
final class IdentityServiceProcess {
    let mesh: MeshIdentities
    let address = Loopback.freshAddress()
    private let admin = Loopback.freshAddress()
    private let loop: EventLoop
    private var program: StartedProgram?

    init(_ mesh: MeshIdentities, loop: EventLoop) {
        self.mesh = mesh
        self.loop = loop
    }

    /// Runs `body` beside a service that is ready, and ends the service.
    static func run(
        _ loop: EventLoop, _ mesh: MeshIdentities, lifetime: String = "1h",
        _ body: (IdentityServiceProcess) async throws -> Void
    ) async throws {
        let service = IdentityServiceProcess(mesh, loop: loop)
        do {
            try await service.start(lifetime: lifetime)
            try await body(service)
            try await service.end()
        } catch {
            Issue.record("\(error)\nthe identity service said:\n\(service.log)")
            try await service.end(SIGKILL)
            throw error
        }
    }

    func start(lifetime: String = "1h") async throws {
        let directory = mesh.directory
        let program = try StartedProgram(
            "martlet-controller",
            [
                "identity", "--listen", address.description, "--admin", admin.description, "--issuer-key",
                directory.issuerKey, "--issuer-chain", directory.issuerCertificate, "--trust-bundle", directory.bundle,
                "--tokens", directory.tokens.path, "--lifetime", lifetime,
            ], loop: loop)
        self.program = program
        try await program.untilReady("/ready", at: admin)
    }

    /// - Returns: as `StartedProgram.ended`; nil when it does not run.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) async throws -> Int32? {
        guard let program else { return nil }
        self.program = nil
        let code = try await program.end(signal)
        try await program.remove()
        return code
    }

    var log: String { program?.log ?? "" }

    /// Waits until a metric has this value.
    func until(_ name: String, _ labels: [String: String], is value: Double) async throws {
        guard let program else { throw ProgramError("the identity service does not run") }
        try await program.until("\(name)\(labels) is \(value)") {
            MetricSamples(try await program.get("/metrics", at: admin).text)(name, labels) == value
        }
    }

    // MARK: For workloads

    /// Flags of a proxy that joins as `name`.
    /// - Parameter uses: of the token; nil for any number.
    func flags(_ name: String, uses: Int? = nil, expires: WallTime = .now().advanced(bySeconds: 600)) throws -> [String]
    {
        [
            "--identity-service", address.description, "--join-token-file",
            try token(name, uses: uses, expires: expires),
            "--trust-bundle", mesh.directory.bundle,
        ]
    }

    /// A new token for `name` in a file. - Returns: the file.
    func token(
        _ name: String, uses: Int? = nil, expires: WallTime = .now().advanced(bySeconds: 600)
    ) throws -> String {
        let token = try mesh.directory.tokens.create(
            name: name, for: mesh.workload(name), uses: uses, expires: expires, replaces: true)
        let file = "\(mesh.directory.path)/\(name).join"
        try StoredFile.write(.privateKey, Array(token.text.utf8), to: file, replaces: true)
        return file
    }

    /// Asks for a certificate as any client may.
    func post(_ request: [UInt8], token file: String) async throws -> HTTPResponse {
        let bundle = try TrustBundle(mesh.anchors)
        let server = try WorkloadIdentity.identityService(of: mesh.domain)
        let client = HTTPClient(loop: loop, tls: HTTPClientTLS(try TLSContext(trusting: bundle), to: server))
        let text = String(decoding: try StoredFile.read(.privateKey, from: file), as: UTF8.self)
        return try await client.request(
            "POST", to: address, authority: address.description, target: "/v1/certificate",
            fields: ["Authorization": "Bearer \(text)"], body: request,
            deadline: loop.now.advanced(by: RawConnection.patience))
    }
}
