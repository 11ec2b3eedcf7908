internal import COpenSSL

/// The subjectAltName extension (RFC 5280 §4.2.1.6) of a certificate or of a request for one.
///
/// Names are the bytes that were signed, with their length: a NUL in the middle is a byte like any other.
package struct AlternativeNames: Equatable, Sendable {
    package private(set) var uris: [[UInt8]] = []
    package private(set) var dnsNames: [[UInt8]] = []
    /// Names of other kinds: addresses, e-mail addresses, directory names.
    package private(set) var otherCount = 0
    /// The extension is there twice or cannot be read; the names above are then empty.
    package private(set) var isMalformed = false

    /// - Parameter extensions: a STACK_OF(X509_EXTENSION), or nil where there are none.
    init(extensions: OpaquePointer?) {
        guard let extensions = unsafe extensions else { return }
        var critical: Int32 = 0
        defer { ERR_clear_error() }
        guard let decoded = unsafe X509V3_get_d2i(extensions, NID_subject_alt_name, &critical, nil) else {
            // -1 says that the extension is absent, -2 that it is there more than once.
            isMalformed = critical != -1
            return
        }
        let names = OpaquePointer(decoded)
        defer { unsafe GENERAL_NAMES_free(names) }
        for index in 0..<(unsafe OPENSSL_sk_num(names)) {
            guard let name = unsafe OPENSSL_sk_value(names, index) else { continue }
            unsafe add(name.assumingMemoryBound(to: GENERAL_NAME.self).pointee)
        }
    }

    private mutating func add(_ name: GENERAL_NAME) {
        switch unsafe name.type {
        case GEN_URI: unsafe uris.append(Self.bytes(of: name.d.uniformResourceIdentifier))
        case GEN_DNS: unsafe dnsNames.append(Self.bytes(of: name.d.dNSName))
        default: otherCount += 1
        }
    }

    private static func bytes(of string: UnsafeMutablePointer<ASN1_IA5STRING>?) -> [UInt8] {
        let start = unsafe ASN1_STRING_get0_data(string)
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
    }
}
