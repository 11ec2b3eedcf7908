internal import TLS

/// Decides about one request for a certificate: who asks, whether the request is in order, and what is given. Sans-IO, but
/// for the tokens' files.
struct CertificateDesk {
    let signing: SigningIdentity
    let tokens: TokenDirectory
    let lifetimeSeconds: Int64

    /// What the asker shows to prove who it is.
    enum Credential {
        case token(JoinToken)
        case certificate(PeerIdentity)

        /// For the metric and the log.
        var word: String {
            switch self {
            case .token: "token"
            case .certificate: "certificate"
            }
        }

        /// For the log: nothing of it is secret.
        var name: String {
            switch self {
            case .token(let token): "token \(token.name)"
            case .certificate: "certificate"
            }
        }
    }

    struct Issuance {
        let identity: WorkloadIdentity
        let answer: CertificateAnswer
    }

    /// - Parameter body: the certificate request, PEM.
    func issue(_ credential: Credential, body: [UInt8], at now: WallTime) throws(Refusal) -> Issuance {
        let identity = try identify(credential, at: now)
        guard identity.trustDomain == signing.authority.trustDomain, identity != signing.service else {
            throw .identityNotAllowed
        }
        guard !tokens.isDenied(identity) else { throw .deniedWorkload }
        let chain = try sign(identity, body, at: now)
        // Last, so that a request with a mistake costs no use of the token; and before the answer, so that no two get one.
        if case .token(let token) = credential { try redeem(token, at: now) }
        return Issuance(
            identity: identity, answer: CertificateAnswer(chain: chain, anchors: signing.bundle.anchors))
    }

    private func identify(_ credential: Credential, at now: WallTime) throws(Refusal) -> WorkloadIdentity {
        switch credential {
        case .token(let token):
            do throws(TokenRefusal) {
                return try tokens.check(token, at: now)
            } catch {
                throw Refusal(error)
            }
        case .certificate(let peer):
            // It was valid when the connection began.
            guard now < peer.notAfter else { throw .expiredCertificate }
            do throws(WorkloadIdentityError) {
                return try WorkloadIdentity(peer.id)
            } catch {
                throw .identityNotAllowed
            }
        }
    }

    private func sign(
        _ identity: WorkloadIdentity, _ body: [UInt8], at now: WallTime
    ) throws(Refusal) -> [Certificate] {
        let request: CertificateRequest
        do throws(PEMError) {
            request = try CertificateRequest(pem: body)
        } catch {
            throw .malformedRequest
        }
        do throws(CertificateAuthorityError) {
            return try signing.authority.issue(identity, for: request, lifetimeSeconds: lifetimeSeconds, at: now)
        } catch {
            throw Refusal(error)
        }
    }

    private func redeem(_ token: JoinToken, at now: WallTime) throws(Refusal) {
        do throws(TokenRefusal) {
            try tokens.redeem(token, at: now)
        } catch {
            throw Refusal(error)
        }
    }
}
