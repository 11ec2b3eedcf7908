/// Why a text is no SPIFFE ID.
package enum SPIFFEIDError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooLong, scheme
    case emptyTrustDomain, trustDomainTooLong, trustDomainCharacter
    case pathCharacter, emptySegment, dotSegment

    package var description: String {
        switch self {
        case .tooLong: "longer than \(Limits.spiffeIDBytesMax) bytes"
        case .scheme: "does not begin with spiffe://"
        case .emptyTrustDomain: "the trust domain is empty"
        case .trustDomainTooLong: "the trust domain is longer than \(Limits.trustDomainBytesMax) bytes"
        case .trustDomainCharacter: "the trust domain may hold a-z, 0-9, dot, dash and underscore only"
        case .pathCharacter: "the path may hold letters, digits, dot, dash, underscore and slash only"
        case .emptySegment: "the path has an empty segment"
        case .dotSegment: "the path has a segment . or .."
        }
    }
}
