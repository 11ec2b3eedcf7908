internal import COpenSSL

/// How a session takes up an earlier one, and what must be true before anything is said on it.
extension TLSSession {
    /// Whether the handshake took a session up in which the peer was verified before.
    package var isResumed: Bool { unsafe SSL_session_reused(session) == 1 }

    /// Offers the server a session that is kept for it, if there is one that still holds.
    func offer(_ serverName: String?) {
        guard let expected = state.expected, let place = state.resumable,
            let session = place.take(state.context, expecting: expected, serverName: serverName, at: .now()),
            unsafe SSL_set_session(self.session, session.pointer) == 1
        else { return }
        state.offered = session
    }

    /// A server that expects one client takes back only sessions that it began expecting the same.
    func narrowScope() {
        guard state.context.resumes, let expected = state.expected else { return }
        let scope = state.context.scope.digest(expecting: expected)
        let status = unsafe SSL_set_session_id_context(session, scope, UInt32(scope.count))
        precondition(status == 1, "a digest is no longer than an id context may be")
    }

    /// Nobody gets past here who was not verified, in this handshake or in the one that it resumes.
    mutating func finish() -> HandshakeResult {
        unsafe SSL_set_info_callback(session, countPostHandshakeMessage)
        // The ticket may have found a client gone that has said something before: that is for the next read to find out.
        state.failure = 0
        if isResumed, state.verified == nil {
            guard let peer = resumedPeer else { return .failed(fail(.internal)) }
            if let refusal = peer.refusal(expecting: state.expected, at: .now()) {
                return .failed(fail(.refused(refusal)))
            }
            state.verified = peer
        }
        state.offered = nil
        let mayBeNobody = state.context.role == .server && state.context.settings.clientCertificates == .optional
        guard state.verified != nil || mayBeNobody else { return .failed(fail(.internal)) }
        return .done
    }

    /// Who the peer was when the session began that this handshake resumes.
    private var resumedPeer: VerifiedPeer? {
        switch state.context.role {
        case .client: state.offered?.peer
        case .server: unsafe SSL_get_session(session).flatMap { unsafe verifiedPeer(of: $0) }
        }
    }
}
