internal import COpenSSL

/// What a certificate shall say, before an authority signs it.
struct CertificateTemplate {
    /// Common name; empty for an empty subject.
    var subject: String
    var notBefore: WallTime
    var notAfter: WallTime
    var extensions: [CertificateExtension]

    /// - Parameters:
    ///   - publicKey: an EVP_PKEY whose public half is certified.
    ///   - issuer: nil for a certificate that its own key signs.
    func sign(publicKey: OpaquePointer, issuer: Certificate?, with key: PrivateKey) -> Certificate {
        guard let made = unsafe X509_new() else { preconditionFailure("OpenSSL is out of memory") }
        let certificate = unsafe Certificate(taking: made)
        unsafe X509_set_version(made, Int(X509_VERSION_3))
        unsafe setSerialNumber(made)
        unsafe setSubject(made)
        unsafe X509_set_issuer_name(made, X509_get_subject_name(issuer?.pointer ?? made))
        unsafe Self.set(notBefore) { unsafe X509_set1_notBefore(made, $0) }
        unsafe Self.set(notAfter) { unsafe X509_set1_notAfter(made, $0) }
        unsafe X509_set_pubkey(made, publicKey)
        for item in extensions {
            let made = unsafe item.make(issuer: issuer?.pointer ?? certificate.pointer, subject: certificate.pointer)
            unsafe X509_add_ext(certificate.pointer, made, -1)
            unsafe X509_EXTENSION_free(made)
        }
        let size = unsafe X509_sign(made, key.pointer, EVP_sha256())
        precondition(size > 0, "a private key of the allowed kinds can sign")
        return certificate
    }

    /// 127 random bits: no two authorities, and no two runs of one, give the same number (RFC 5280 §4.1.2.2).
    private func setSerialNumber(_ certificate: OpaquePointer) {
        guard let number = unsafe BN_new() else { preconditionFailure("OpenSSL is out of memory") }
        defer { unsafe BN_free(number) }
        let status = unsafe BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY)
        precondition(status == 1, "the system gives no random numbers")
        unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
    }

    private func setSubject(_ certificate: OpaquePointer) {
        guard !subject.isEmpty else { return }
        let bytes = Array(subject.utf8)
        let status = unsafe X509_NAME_add_entry_by_NID(
            X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0)
        precondition(status == 1, "a common name has 64 characters at most")
    }

    private static func set(_ time: WallTime, _ body: (UnsafePointer<ASN1_TIME>?) -> Int32) {
        guard let made = unsafe ASN1_TIME_set(nil, Int(time.secondsSinceEpoch)) else {
            preconditionFailure("a certificate's years have four digits")
        }
        defer { unsafe ASN1_STRING_free(made) }
        let status = unsafe body(made)
        precondition(status == 1, "OpenSSL is out of memory")
    }
}
