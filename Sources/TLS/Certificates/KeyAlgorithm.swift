internal import COpenSSL

/// What kind of key a certificate or an identity has.
enum KeyAlgorithm: Equatable, CustomStringConvertible {
    /// The curves of TLS 1.3 that every peer has; the only ones Martlet signs with and takes from a peer.
    case p256, p384
    /// OpenSSL's name, and the size in bits.
    case other(String, bits: Int)

    /// - Parameter key: an EVP_PKEY.
    init(of key: OpaquePointer) {
        switch unsafe Self.curve(of: key) {
        case "prime256v1": self = .p256
        case "secp384r1": self = .p384
        case let curve:
            let name = unsafe EVP_PKEY_get0_type_name(key).map { unsafe String(cString: $0) } ?? "unknown"
            self = .other(curve ?? name, bits: Int(unsafe EVP_PKEY_get_bits(key)))
        }
    }

    var isAllowed: Bool { self == .p256 || self == .p384 }

    var description: String {
        switch self {
        case .p256: "ECDSA P-256"
        case .p384: "ECDSA P-384"
        case .other(let name, let bits): "\(name) with \(bits) bits"
        }
    }

    private static func curve(of key: OpaquePointer) -> String? {
        guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_EC else { return nil }
        var name = [CChar](repeating: 0, count: 64)
        var length = 0
        defer { ERR_clear_error() }
        guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else { return nil }
        return String(decoding: name.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
