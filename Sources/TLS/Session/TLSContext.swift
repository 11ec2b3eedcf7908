internal import COpenSSL

/// Everything that the connections of one side share: who it is, whom it trusts, what it speaks. It does not change: a
/// rotation makes a new one for new connections, and the old ones keep theirs alive as long as they live.
///
/// Whoever is connected has shown its certificate under the trust bundle of this context: in this handshake, or in an earlier
/// one with this same context that the handshake resumes (`TLSContext+Resumption.swift`).
///
/// Sendable because OpenSSL's SSL_CTX is only written in the initialiser; after it, sessions on any thread read it, and
/// OpenSSL counts references to it and keeps sessions in it under its own locks.
@safe
package final class TLSContext: @unchecked Sendable {
    package enum Role: Equatable, Sendable { case client, server }

    package let role: Role
    /// nil for a client that shows no certificate.
    package let identity: IdentitySnapshot?
    package let bundle: TrustBundle
    package let settings: TLSSettings
    let pointer: OpaquePointer
    /// What the sessions are bound to that may be resumed here.
    let scope: ResumptionScope

    package convenience init(
        _ role: Role, identity: IdentitySnapshot, settings: TLSSettings = TLSSettings()
    ) throws(TLSContextError) {
        try self.init(role, identity: identity, bundle: identity.bundle, settings: settings)
    }

    /// For a client that shows no certificate: one that is about to be given its first.
    package convenience init(
        trusting bundle: TrustBundle, settings: TLSSettings = TLSSettings()
    ) throws(TLSContextError) {
        try self.init(.client, identity: nil, bundle: bundle, settings: settings)
    }

    private init(
        _ role: Role, identity: IdentitySnapshot?, bundle: TrustBundle, settings: TLSSettings
    ) throws(TLSContextError) {
        for name in settings.applicationProtocols {
            let length = name.utf8.count
            guard (1...Limits.applicationProtocolBytesMax).contains(length) else { throw .applicationProtocol(name) }
        }
        precondition(
            settings.resumptionSeconds <= Limits.resumptionSecondsMax, "a session would outlive RFC 8446's week")
        guard let made = unsafe SSL_CTX_new(role == .client ? TLS_client_method() : TLS_server_method()) else {
            preconditionFailure("OpenSSL made no context: \(OpenSSLError.take().message)")
        }
        unsafe pointer = made
        self.role = role
        self.identity = identity
        self.bundle = bundle
        self.settings = settings
        scope = ResumptionScope(identity, bundle, settings)
        setProtocol()
        setBuffers()
        setVerification()
        setApplicationProtocols()
        setResumption()
        try setIdentity()
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Whether its own certificate is of no use any more: every peer would refuse it.
    package func hasExpired(at now: WallTime) -> Bool { identity.map { $0.notAfter <= now } ?? false }

    private func setProtocol() {
        let oldest = settings.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        var isSet = unsafe martlet_SSL_CTX_set_min_proto_version(pointer, oldest) == 1
        isSet = unsafe martlet_SSL_CTX_set_max_proto_version(pointer, TLS1_3_VERSION) == 1 && isSet
        let suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
        isSet = unsafe SSL_CTX_set_ciphersuites(pointer, suites) == 1 && isSet
        let suitesOf12 = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
        isSet = unsafe SSL_CTX_set_cipher_list(pointer, suitesOf12) == 1 && isSet
        isSet = unsafe martlet_SSL_CTX_set1_groups_list(pointer, "X25519:P-256") == 1 && isSet
        precondition(isSet, "OpenSSL was built without what TLS 1.3 requires: \(OpenSSLError.take().message)")
        unsafe SSL_CTX_set_security_level(pointer, 2)
        unsafe SSL_CTX_set_options(
            pointer,
            martlet_SSL_OP_NO_RENEGOTIATION | martlet_SSL_OP_NO_COMPRESSION | martlet_SSL_OP_CIPHER_SERVER_PREFERENCE)
    }

    private func setBuffers() {
        // An idle session holds no record buffer, and a write is taken as far as the socket takes it, from wherever the
        // bytes have moved to. Without AUTO_RETRY a peer that sends nothing but KeyUpdates cannot keep a read from returning.
        let modes = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        unsafe martlet_SSL_CTX_set_mode(pointer, Int(modes))
        unsafe martlet_SSL_CTX_clear_mode(pointer, Int(SSL_MODE_AUTO_RETRY))
        // One recv for a record's header and body, and for small records that came together.
        unsafe martlet_SSL_CTX_set_read_ahead(pointer, 1)
    }

    private func setApplicationProtocols() {
        let list = settings.applicationProtocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        guard !list.isEmpty else { return }
        switch role {
        case .client:
            let status = unsafe SSL_CTX_set_alpn_protos(pointer, list, UInt32(list.count))
            precondition(status == 0, "the list of protocols is well-formed")
        case .server: unsafe SSL_CTX_set_alpn_select_cb(pointer, selectApplicationProtocol, nil)
        }
    }

    private func setVerification() {
        var mode = SSL_VERIFY_PEER
        if settings.clientCertificates == .required { mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT }
        unsafe SSL_CTX_set_verify(pointer, mode, nil)
        unsafe SSL_CTX_set_cert_verify_callback(pointer, verifyPeer, nil)
    }

    private func setIdentity() throws(TLSContextError) {
        guard let identity else { return }
        let intermediates = CertificateStack(Array(identity.chain.dropFirst()))
        ERR_clear_error()
        let status = unsafe SSL_CTX_use_cert_and_key(
            pointer, identity.chain.first?.pointer, identity.key.pointer, intermediates.pointer, 1)
        guard status == 1 else { throw .identity(OpenSSLError.take().message) }
    }
}

/// Why no context could be made.
package enum TLSContextError: Error, Equatable, Sendable, CustomStringConvertible {
    case applicationProtocol(String)
    case identity(String)

    package var description: String {
        switch self {
        case .applicationProtocol(let name):
            "application protocol '\(name)' has \(name.utf8.count) bytes, allowed are 1 to \(Limits.applicationProtocolBytesMax)"
        case .identity(let words): "the identity cannot be used for TLS: \(words)"
        }
    }
}
