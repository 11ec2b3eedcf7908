import Configuration
import EventLoop
import HTTPTransport
import TLS

/// Asks the identity service for one certificate. Belongs to the control loop.
final class EnrolmentClient {
    private let service: HostPort
    private let tokenFile: String
    private let bundleFile: String
    /// Of connections that use what it is given.
    private let resumption: Duration
    private let loop: EventLoop
    /// Where the service was last; kept for when its name cannot be resolved.
    private var address: SocketAddress?

    /// What came of it.
    struct Given {
        let snapshot: IdentitySnapshot
        let security: TransportSecurity
    }

    /// By what the proxy proves who it is, and whom it trusts meanwhile.
    private struct Credential {
        let context: TLSContext
        let bundle: TrustBundle
        let fields: HTTPFields
    }

    init(service: HostPort, tokenFile: String, bundleFile: String, resumption: Duration, loop: EventLoop) {
        self.service = service
        self.tokenFile = tokenFile
        self.bundleFile = bundleFile
        self.resumption = resumption
        self.loop = loop
    }

    /// - Parameters:
    ///   - shown: the certificate to show; without one the join token is, and the bundle's file says whom to trust.
    ///   - current: what the new one must be of the same workload as.
    func request(
        showing shown: IdentitySnapshot?, replacing current: IdentitySnapshot?
    ) async throws(EnrolmentFailure) -> Given {
        let address = try resolve()
        let credential = if let shown { try Self.certificate(shown) } else { try joining() }
        let key = PrivateKey.make()
        let response = try await post(CertificateRequest(key: key).pem, to: address, credential)
        guard response.status == 200 else {
            throw .refused(status: response.status, reason: response.fields["martlet-reason"] ?? "without a reason")
        }
        let given = try take(
            response.body, key, domain: credential.bundle.defaultDomain, generation: (current?.generation ?? 0) + 1)
        guard current == nil || current?.id == given.snapshot.id else {
            throw .invalidAnswer("it is for \(given.snapshot.id)")
        }
        return given
    }

    /// Blocks while a name is looked up; the control loop carries no traffic.
    private func resolve() throws(EnrolmentFailure) -> SocketAddress {
        address = HTTPURL("http://\(service)/")?.resolve() ?? address
        guard let address else { throw .noAddress(service.host) }
        return address
    }

    // MARK: The credential

    private static func certificate(_ identity: IdentitySnapshot) throws(EnrolmentFailure) -> Credential {
        let context = try usable { () throws(TLSContextError) in
            try TLSContext(.client, identity: identity, settings: settings)
        }
        return Credential(context: context, bundle: identity.bundle, fields: [:])
    }

    private func joining() throws(EnrolmentFailure) -> Credential {
        let bundle: TrustBundle
        let token: JoinToken
        do throws(IdentityError) {
            bundle = try Self.bundle(bundleFile)
            token = try Self.token(tokenFile)
        } catch {
            throw .invalidFile(error)
        }
        let context = try Self.usable { () throws(TLSContextError) in
            try TLSContext(trusting: bundle, settings: Self.settings)
        }
        return Credential(context: context, bundle: bundle, fields: ["Authorization": "Bearer \(token.text)"])
    }

    private static func bundle(_ file: String) throws(IdentityError) -> TrustBundle {
        let anchors = try IdentityDirectory.certificates(file)
        do throws(TrustBundleError) {
            return try TrustBundle(anchors)
        } catch {
            throw IdentityError(file, error.description)
        }
    }

    private static func token(_ file: String) throws(IdentityError) -> JoinToken {
        let text = String(decoding: try StoredFile.read(.privateKey, from: file), as: UTF8.self)
        guard let word = text.split(whereSeparator: \.isWhitespace).first, let token = JoinToken(String(word)) else {
            throw IdentityError(file, "has no join token, martlet-join.NAME.SECRET")
        }
        return token
    }

    private static var settings: TLSSettings {
        var settings = TLSSettings()
        settings.applicationProtocols = ["http/1.1"]
        return settings
    }

    private static func usable<Value>(
        _ make: () throws(TLSContextError) -> Value
    ) throws(EnrolmentFailure) -> Value {
        do throws(TLSContextError) {
            return try make()
        } catch {
            throw .invalidAnswer(error.description)
        }
    }

    // MARK: The exchange

    private func post(
        _ body: [UInt8], to address: SocketAddress, _ credential: Credential
    ) async throws(EnrolmentFailure) -> HTTPResponse {
        let server: WorkloadIdentity
        do throws(WorkloadIdentityError) {
            server = try .identityService(of: credential.bundle.defaultDomain)
        } catch {
            throw .invalidAnswer(error.description)
        }
        var limits = HTTPClientLimits()
        limits.bodyBytesMax = Limits.identityAnswerBytesMax
        // A connection for each: between two certificates lie hours.
        let http = HTTPClient(loop: loop, limits: limits, tls: HTTPClientTLS(credential.context, to: server))
        do throws(HTTPClientError) {
            return try await http.request(
                "POST", to: address, authority: service.description, target: "/v1/certificate",
                fields: credential.fields, body: body, deadline: loop.now.advanced(by: Limits.identityRequest))
        } catch {
            throw .unreachable(error)
        }
    }

    /// Takes what peers who trust the answer's bundle would take, and nothing else.
    private func take(
        _ body: [UInt8], _ key: PrivateKey, domain: TrustDomain, generation: UInt64
    ) throws(EnrolmentFailure) -> Given {
        do {
            let answer = try CertificateAnswer(pem: body)
            let bundle = try TrustBundle(answer.anchors, defaultDomain: domain)
            let snapshot = try IdentitySnapshot(
                key: key, chain: answer.chain, bundle: bundle, generation: generation, at: .now())
            return Given(snapshot: snapshot, security: try TransportSecurity(snapshot, resumption: resumption))
        } catch let refusal as PeerRefusal {
            throw .invalidAnswer(refusal.explanation)
        } catch {
            throw .invalidAnswer("\(error)")
        }
    }
}
