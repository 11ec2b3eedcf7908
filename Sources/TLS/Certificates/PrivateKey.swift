internal import COpenSSL

/// A private key with its public half. Its bytes leave it only as PEM, on request.
///
/// Sendable because an EVP_PKEY is not changed after it was made: every use here reads it, and OpenSSL counts its
/// references and fills its caches under its own locks.
@safe
package final class PrivateKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes the reference over.
    init(taking pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// A new key on P-256.
    package static func make() -> PrivateKey {
        guard let made = unsafe martlet_EVP_EC_gen("P-256") else {
            preconditionFailure("OpenSSL made no key: \(OpenSSLError.take().message)")
        }
        return unsafe PrivateKey(taking: made)
    }

    /// The first private key of a PEM text: PKCS #8, or the older form of its algorithm.
    package convenience init(pem: [UInt8]) throws(PEMError) {
        guard pem.count <= Limits.pemBytesMax else { throw .tooLarge }
        let text = MemoryBIO(pem)
        ERR_clear_error()
        // Without a callback OpenSSL asks the terminal for a passphrase.
        guard let key = unsafe PEM_read_bio_PrivateKey(text.pointer, nil, { _, _, _, _ in -1 }, nil) else {
            throw Self.error(OpenSSLError.take(), pem)
        }
        unsafe self.init(taking: key)
    }

    /// OpenSSL's decoders do not tell a key that is missing or encrypted from one that is damaged; the text does.
    private static func error(_ error: OpenSSLError, _ pem: [UInt8]) -> PEMError {
        guard pem.contains("PRIVATE KEY-----".utf8) else { return .missing("private key") }
        return pem.contains("ENCRYPTED".utf8) ? .encrypted : .unreadable("private key", number: 1, error.message)
    }

    /// PKCS #8 (RFC 5958) in PEM, without a passphrase. Whoever takes it wipes it.
    package var pem: [UInt8] {
        let text = MemoryBIO()
        let status = unsafe PEM_write_bio_PKCS8PrivateKey(text.pointer, pointer, nil, nil, 0, nil, nil)
        precondition(status == 1, "OpenSSL is out of memory")
        return text.bytes
    }

    var algorithm: KeyAlgorithm { unsafe KeyAlgorithm(of: pointer) }
}
