/// Why a PEM text (RFC 7468) was not taken.
package enum PEMError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooLarge
    /// What was looked for: `certificate`, `private key`, `certificate request`.
    case missing(String)
    case tooMany(String)
    case encrypted
    /// The block's place in the text, from 1, and OpenSSL's words.
    case unreadable(String, number: Int, String)

    package var description: String {
        switch self {
        case .tooLarge: "is larger than \(Limits.pemBytesMax) bytes"
        case .missing(let object): "has no PEM block with a \(object)"
        case .tooMany(let object): "has more than \(Limits.certificatesPerFileMax) PEM blocks with a \(object)"
        case .encrypted: "has an encrypted private key; store it without a passphrase, readable by its owner only"
        case .unreadable(let object, let number, let words): "\(object) \(number) is unreadable: \(words)"
        }
    }
}
