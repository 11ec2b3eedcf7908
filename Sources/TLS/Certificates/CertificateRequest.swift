internal import COpenSSL

/// A certificate signing request (PKCS #10, RFC 2986): a public key, the names wanted for it, and the proof that the asker
/// has its private half.
@safe
package struct CertificateRequest: ~Copyable {
    let pointer: OpaquePointer

    deinit { unsafe X509_REQ_free(pointer) }

    /// Reads the first request of a PEM text.
    package init(pem: [UInt8]) throws(PEMError) {
        guard pem.count <= Limits.pemBytesMax else { throw .tooLarge }
        let text = MemoryBIO(pem)
        ERR_clear_error()
        guard let request = unsafe PEM_read_bio_X509_REQ(text.pointer, nil, nil, nil) else {
            let error = OpenSSLError.take()
            guard error.library == ERR_LIB_PEM, error.reason == PEM_R_NO_START_LINE else {
                throw .unreadable("certificate request", number: 1, error.message)
            }
            throw .missing("certificate request")
        }
        unsafe pointer = request
    }

    /// Asks for `identity`, with the key it will use.
    package init(for identity: WorkloadIdentity, key: PrivateKey) { unsafe self.init(key, Self.names(of: identity)) }

    /// Asks for a certificate of this key and leaves it to the authority whom it names.
    package init(key: PrivateKey) { unsafe self.init(key, nil) }

    /// - Parameter extensions: a STACK_OF(X509_EXTENSION), which is freed, or nil.
    private init(_ key: PrivateKey, _ extensions: OpaquePointer?) {
        guard let made = unsafe X509_REQ_new() else { preconditionFailure("OpenSSL is out of memory") }
        unsafe pointer = made
        if let extensions = unsafe extensions {
            unsafe X509_REQ_add_extensions(made, extensions)
            unsafe martlet_sk_X509_EXTENSION_free_all(extensions)
        }
        unsafe X509_REQ_set_pubkey(made, key.pointer)
        let size = unsafe X509_REQ_sign(made, key.pointer, EVP_sha256())
        precondition(size > 0, "a private key of the allowed kinds can sign")
    }

    private static func names(of identity: WorkloadIdentity) -> OpaquePointer {
        let names = unsafe CertificateExtension.alternativeNames(of: identity).make(issuer: nil, subject: nil)
        guard let extensions = unsafe OPENSSL_sk_new_null() else { preconditionFailure("OpenSSL is out of memory") }
        unsafe OPENSSL_sk_push(extensions, UnsafeRawPointer(names))
        return unsafe extensions
    }

    package var pem: [UInt8] {
        let text = MemoryBIO()
        let status = unsafe PEM_write_bio_X509_REQ(text.pointer, pointer)
        precondition(status == 1, "OpenSSL is out of memory")
        return text.bytes
    }

    /// Whether the request may be granted as `identity`: it is signed by its own key, which is of the allowed kind, and asks
    /// for that name or for none. Extensions other than names are left unread; the authority sets them itself.
    func check(_ identity: WorkloadIdentity) throws(CertificateRequestError) {
        defer { ERR_clear_error() }
        guard let key = unsafe X509_REQ_get0_pubkey(pointer) else { throw .keyUnreadable }
        let algorithm = unsafe KeyAlgorithm(of: key)
        guard algorithm == .p256 else { throw .keyAlgorithm("\(algorithm)") }
        guard unsafe X509_REQ_verify(pointer, key) == 1 else { throw .badSignature }
        let extensions = unsafe X509_REQ_get_extensions(pointer)
        defer { unsafe martlet_sk_X509_EXTENSION_free_all(extensions) }
        let names = unsafe AlternativeNames(extensions: extensions)
        guard !names.isMalformed, names.otherCount == 0 else { throw .otherNames }
        if names.uris.isEmpty, names.dnsNames.isEmpty { return }
        guard names.uris == [Array(identity.id.description.utf8)] else { throw .otherIdentity(wanted: identity.id) }
        guard names.dnsNames.isEmpty || names.dnsNames == [Array(identity.dnsName.utf8)] else { throw .otherNames }
    }
}

/// Why a request was not granted.
package enum CertificateRequestError: Error, Equatable, Sendable, CustomStringConvertible {
    case keyUnreadable, badSignature, otherNames
    case keyAlgorithm(String)
    case otherIdentity(wanted: SPIFFEID)

    package var description: String {
        switch self {
        case .keyUnreadable: "the request's key is unreadable"
        case .badSignature: "the request is not signed by its own key"
        case .otherNames: "the request asks for names beside the identity's own"
        case .keyAlgorithm(let algorithm): "the request's key is \(algorithm), allowed is ECDSA P-256"
        case .otherIdentity(let wanted): "the request must ask for exactly one URI name, \(wanted), or for none"
        }
    }
}
