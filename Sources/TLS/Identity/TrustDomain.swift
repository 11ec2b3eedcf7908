/// The part of a SPIFFE ID that says who vouches for it (SPIFFE ID §2.1): lower-case letters, digits, dots, dashes and
/// underscores.
package struct TrustDomain: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    package init(_ name: String) throws(SPIFFEIDError) { try self.init(bytes: Array(name.utf8)[...]) }

    init(bytes: ArraySlice<UInt8>) throws(SPIFFEIDError) {
        guard !bytes.isEmpty else { throw .emptyTrustDomain }
        guard bytes.count <= Limits.trustDomainBytesMax else { throw .trustDomainTooLong }
        guard bytes.allSatisfy(Self.isAllowed) else { throw .trustDomainCharacter }
        name = String(decoding: bytes, as: UTF8.self)
    }

    /// - Parameter checked: a name that a trust domain has borne before.
    init(checked name: String) { self.name = name }

    package var description: String { name }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
