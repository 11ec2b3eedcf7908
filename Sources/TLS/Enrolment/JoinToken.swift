internal import COpenSSL

/// What a workload without an identity shows to be given one: `martlet-join.<name>.<secret>`.
///
/// Whoever has it can become the workload that it is bound to, so it is shown once, when it is made; what is stored is a
/// digest of its secret. The secret has 256 random bits, which is why a plain digest is enough: nothing can be guessed.
package struct JoinToken: Sendable {
    /// Which stored token is meant.
    package let name: String
    /// Hexadecimal digits.
    private let secret: String

    private static let prefix = "martlet-join."
    private static let secretBytes = 32

    /// A new one.
    /// - Parameter name: one that `IdentityDirectory.isWorkloadName` allows.
    package static func make(name: String) -> JoinToken {
        var bytes = [UInt8](repeating: 0, count: secretBytes)
        let status = unsafe RAND_priv_bytes(&bytes, Int32(bytes.count))
        precondition(status == 1, "the system gives no random numbers")
        defer { bytes.wipe() }
        return JoinToken(name: name, secret: bytes.hexadecimal)
    }

    private init(name: String, secret: String) {
        self.name = name
        self.secret = secret
    }

    /// - Returns: nil for a text of another form; its name is then not that of a file either.
    package init?(_ text: String) {
        guard text.utf8.count <= Limits.joinTokenBytesMax, text.hasPrefix(Self.prefix) else { return nil }
        let rest = text.dropFirst(Self.prefix.count)
        guard let dot = rest.lastIndex(of: ".") else { return nil }
        let (name, secret) = (String(rest[..<dot]), String(rest[rest.index(after: dot)...]))
        guard IdentityDirectory.isWorkloadName(name), secret.utf8.count == 2 * Self.secretBytes,
            secret.utf8.allSatisfy(\.isHexadecimalDigit)
        else { return nil }
        self.init(name: name, secret: secret)
    }

    /// The whole token, for its one reader. Not a `description`, so that no log line shows it by accident.
    package var text: String { "\(Self.prefix)\(name).\(secret)" }

    /// What is stored of the secret.
    var digest: [UInt8] { Array(secret.utf8).sha256 }

    /// Compares in a time that does not depend on where the digests differ.
    func hasDigest(_ stored: [UInt8]) -> Bool {
        let own = digest
        guard own.count == stored.count else { return false }
        return unsafe CRYPTO_memcmp(own, stored, own.count) == 0
    }
}

extension [UInt8] {
    var sha256: [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let status = unsafe EVP_Digest(self, count, &digest, nil, EVP_sha256(), nil)
        precondition(status == 1, "OpenSSL was built without SHA-256")
        return digest
    }

    /// Two lower-case digits for each byte.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// - Returns: nil unless `text` is pairs of lower-case hexadecimal digits.
    init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2), digits.allSatisfy(\.isHexadecimalDigit) else { return nil }
        self = stride(from: 0, to: digits.count, by: 2).map { digits[$0].digitValue << 4 | digits[$0 + 1].digitValue }
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }

    fileprivate var digitValue: UInt8 {
        self <= UInt8(ascii: "9") ? self - UInt8(ascii: "0") : self - UInt8(ascii: "a") + 10
    }
}
