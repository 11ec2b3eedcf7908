internal import COpenSSL

/// An X.509 certificate.
///
/// Sendable because an X509 is not changed after it was made: every use here reads it, and OpenSSL counts its references
/// and fills its cache of extensions under its own locks.
@safe
package final class Certificate: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes the reference over.
    init(taking pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe X509_free(pointer) }

    /// The certificates of a PEM text in their order, with whatever else is in it left out; at least one.
    package static func all(inPEM pem: [UInt8]) throws(PEMError) -> [Certificate] {
        guard pem.count <= Limits.pemBytesMax else { throw .tooLarge }
        let text = MemoryBIO(pem)
        var found: [Certificate] = []
        ERR_clear_error()
        while let next = unsafe PEM_read_bio_X509(text.pointer, nil, nil, nil) {
            unsafe found.append(Certificate(taking: next))
            guard found.count <= Limits.certificatesPerFileMax else { throw .tooMany("certificate") }
        }
        let error = OpenSSLError.take()
        // The end of the text looks like a search that found no further block.
        guard error.library == ERR_LIB_PEM, error.reason == PEM_R_NO_START_LINE else {
            throw .unreadable("certificate", number: found.count + 1, error.message)
        }
        guard !found.isEmpty else { throw .missing("certificate") }
        return found
    }

    package var pem: [UInt8] {
        let text = MemoryBIO()
        let status = unsafe PEM_write_bio_X509(text.pointer, pointer)
        precondition(status == 1, "OpenSSL is out of memory")
        return text.bytes
    }

    package var notBefore: WallTime { unsafe WallTime(X509_get0_notBefore(pointer)) }
    package var notAfter: WallTime { unsafe WallTime(X509_get0_notAfter(pointer)) }

    /// RFC 4514 text; empty for a leaf that only its alternative names name.
    package var subject: String { unsafe text(of: X509_get_subject_name(pointer)) }
    package var issuer: String { unsafe text(of: X509_get_issuer_name(pointer)) }

    /// Hexadecimal digits, as `openssl x509 -serial` prints them.
    package var serialNumber: String {
        guard let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(pointer), nil) else { return "" }
        defer { unsafe BN_free(number) }
        guard let digits = unsafe BN_bn2hex(number) else { return "" }
        defer { unsafe CRYPTO_free(digits, #file, Int32(#line)) }
        return unsafe String(cString: digits)
    }

    /// Whether it may stand above another one: basicConstraints cA.
    package var isAuthority: Bool { unsafe X509_check_ca(pointer) == 1 }

    package var alternativeNames: AlternativeNames {
        unsafe AlternativeNames(extensions: X509_get0_extensions(pointer))
    }

    /// nil for a key that OpenSSL cannot read.
    var keyAlgorithm: KeyAlgorithm? { unsafe X509_get0_pubkey(pointer).map { unsafe KeyAlgorithm(of: $0) } }

    /// For people: `ECDSA P-256`.
    package var keyDescription: String { keyAlgorithm.map { "\($0)" } ?? "unreadable" }

    func isFor(_ key: PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(pointer, key.pointer) == 1
    }

    private func text(of name: OpaquePointer?) -> String {
        let text = MemoryBIO()
        unsafe X509_NAME_print_ex(text.pointer, name, 0, martlet_XN_FLAG_RFC2253)
        return String(decoding: text.bytes, as: UTF8.self)
    }
}

extension Certificate: Equatable {
    package static func == (left: Certificate, right: Certificate) -> Bool {
        unsafe X509_cmp(left.pointer, right.pointer) == 0
    }
}

extension WallTime {
    /// - Parameter time: an ASN1_TIME of a certificate; one that is unreadable has always passed.
    init(_ time: UnsafePointer<ASN1_TIME>?) {
        var days: Int32 = 0
        var seconds: Int32 = 0
        let epoch = unsafe ASN1_TIME_set(nil, 0)
        defer { unsafe ASN1_STRING_free(epoch) }
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else {
            self.init(secondsSinceEpoch: 0)
            return
        }
        self.init(secondsSinceEpoch: Int64(days) * 86_400 + Int64(seconds))
    }
}
