internal import COpenSSL

/// Certificates in the form in which OpenSSL takes more than one.
///
/// Sendable because the stack is not changed after it was made, and its certificates are not either.
@safe
final class CertificateStack: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Keeps what the stack points to.
    private let certificates: [Certificate]

    init(_ certificates: [Certificate]) {
        guard let made = unsafe OPENSSL_sk_new_reserve(nil, Int32(certificates.count)) else {
            preconditionFailure("OpenSSL is out of memory")
        }
        unsafe pointer = made
        self.certificates = certificates
        for certificate in certificates {
            let added = unsafe OPENSSL_sk_push(made, UnsafeRawPointer(certificate.pointer))
            precondition(added > 0, "OpenSSL had reserved the room")
        }
    }

    deinit { unsafe OPENSSL_sk_free(pointer) }
}
