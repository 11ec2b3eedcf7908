internal import COpenSSL

/// Which sessions a context takes back.
///
/// A server keeps what it must know of a session in its memory, in OpenSSL's cache of this one context; the ticket is nothing
/// but a number of 256 random bits. So no key exists that could open or forge one, and a rotation of key, chain or trust
/// bundle, which makes a new context, ends every session that was before it. `ResumptionScope` says the same a second time, for
/// the day when a cache is shared.
extension TLSContext {
    /// Only TLS 1.3 makes new keys by Diffie-Hellman for a resumed session too (psk_dhe_ke, OpenSSL's default).
    var resumes: Bool { settings.resumptionSeconds > 0 && settings.minimumVersion == .tls13 }

    func setResumption() {
        unsafe SSL_CTX_set_max_early_data(pointer, 0)
        // In TLS 1.3: no tickets that carry the session themselves.
        unsafe SSL_CTX_set_options(pointer, martlet_SSL_OP_NO_TICKET)
        guard resumes else {
            unsafe SSL_CTX_set_num_tickets(pointer, 0)
            unsafe martlet_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
            return
        }
        switch role {
        case .server:
            let scope = scope.digest(expecting: nil)
            let status = unsafe SSL_CTX_set_session_id_context(pointer, scope, UInt32(scope.count))
            precondition(status == 1, "a digest is no longer than an id context may be")
            // A session is good for one connection, which brings the next one.
            unsafe SSL_CTX_set_num_tickets(pointer, 1)
            unsafe martlet_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_SERVER))
            unsafe martlet_SSL_CTX_sess_set_cache_size(pointer, Limits.sessionsMax)
            unsafe SSL_CTX_set_session_ticket_cb(pointer, completeSession, nil, nil)
        case .client:
            // OpenSSL keeps nothing itself, and has nothing to clear from time to time.
            let mode = SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL | SSL_SESS_CACHE_NO_AUTO_CLEAR
            unsafe martlet_SSL_CTX_set_session_cache_mode(pointer, Int(mode))
            unsafe SSL_CTX_sess_set_new_cb(pointer, keepSession)
        }
    }

    /// Sessions that a server could take back now.
    var sessionCount: Int { unsafe martlet_SSL_CTX_sess_number(pointer) }

    /// Ends all sessions that could be resumed, and frees them: nobody connects to this context any more, though the
    /// connections that are open may keep it alive for long.
    package func forgetSessions() { unsafe SSL_CTX_flush_sessions(pointer, 0) }
}
