internal import COpenSSL

/// An extension (RFC 5280 §4.2) of a certificate that Martlet makes.
struct CertificateExtension {
    private let identifier: Int32
    /// In the form of OpenSSL's configuration files.
    private let value: String

    private init(_ identifier: Int32, _ value: String) {
        self.identifier = identifier
        self.value = value
    }

    /// - Parameter pathLength: how many authorities may stand between this one and a leaf.
    static func authority(pathLength: Int) -> CertificateExtension {
        CertificateExtension(NID_basic_constraints, "critical,CA:TRUE,pathlen:\(pathLength)")
    }
    static let leaf = CertificateExtension(NID_basic_constraints, "critical,CA:FALSE")
    static let signsCertificates = CertificateExtension(NID_key_usage, "critical,keyCertSign,cRLSign")
    static let signsHandshakes = CertificateExtension(NID_key_usage, "critical,digitalSignature")
    static let serverAndClient = CertificateExtension(NID_ext_key_usage, "serverAuth,clientAuth")
    static let subjectKey = CertificateExtension(NID_subject_key_identifier, "hash")
    static let authorityKey = CertificateExtension(NID_authority_key_identifier, "keyid:always")

    /// Critical because the subject is empty (RFC 5280 §4.2.1.6). The characters that an identity may have mean nothing to
    /// the form of the value.
    static func alternativeNames(of identity: WorkloadIdentity) -> CertificateExtension {
        CertificateExtension(NID_subject_alt_name, "critical,URI:\(identity.id),DNS:\(identity.dnsName)")
    }
    static func alternativeName(of domain: TrustDomain) -> CertificateExtension {
        CertificateExtension(NID_subject_alt_name, "URI:spiffe://\(domain)")
    }

    /// - Parameters:
    ///   - issuer: an X509, whose key identifier is copied.
    ///   - subject: an X509, whose key is hashed.
    /// - Returns: an X509_EXTENSION that belongs to the caller.
    func make(issuer: OpaquePointer?, subject: OpaquePointer?) -> OpaquePointer {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer, subject, nil, nil, 0)
        guard let made = unsafe X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
            preconditionFailure("extension \(value): \(OpenSSLError.take().message)")
        }
        return unsafe made
    }
}
