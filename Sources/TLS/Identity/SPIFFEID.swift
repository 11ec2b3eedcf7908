/// The name of a workload, `spiffe://<trust domain>/<path>`, as the SPIFFE ID specification §2 allows it.
///
/// Two ids are the same when their bytes are; nothing is normalised, so no two spellings mean one workload.
package struct SPIFFEID: Hashable, Sendable, CustomStringConvertible {
    /// The whole id, which is asked for with each request.
    package let description: String
    private let pathOffset: Int

    package var trustDomain: TrustDomain {
        TrustDomain(
            checked: String(
                decoding: description.utf8.prefix(pathOffset).dropFirst(Self.scheme.utf8.count), as: UTF8.self))
    }

    /// Begins with a slash; empty for the id of a trust domain itself, which only its authorities bear.
    package var path: String { String(decoding: description.utf8.dropFirst(pathOffset), as: UTF8.self) }

    private static let scheme = "spiffe://"

    package init(_ text: String) throws(SPIFFEIDError) { try self.init(bytes: Array(text.utf8)) }

    /// - Parameter bytes: as they stand in a certificate, with whatever was put there, NUL included.
    package init(bytes: [UInt8]) throws(SPIFFEIDError) {
        guard bytes.count <= Limits.spiffeIDBytesMax else { throw .tooLong }
        guard bytes.starts(with: Self.scheme.utf8) else { throw .scheme }
        let rest = bytes[Self.scheme.utf8.count...]
        pathOffset = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        _ = try TrustDomain(bytes: rest[..<pathOffset])
        try Self.checkPath(rest[pathOffset...])
        description = String(decoding: bytes, as: UTF8.self)
    }

    init(trustDomain: TrustDomain, path: String) throws(SPIFFEIDError) {
        let bytes = Array(path.utf8)
        try Self.checkPath(bytes[...])
        description = "\(Self.scheme)\(trustDomain)\(path)"
        pathOffset = Self.scheme.utf8.count + trustDomain.name.utf8.count
        guard description.utf8.count <= Limits.spiffeIDBytesMax else { throw .tooLong }
    }

    /// Only an id with a path names a workload (X.509-SVID §5.2).
    package var namesWorkload: Bool { !path.isEmpty }

    /// SPIFFE ID §2.2: each segment follows one slash, is not empty, and is no dot segment.
    private static func checkPath(_ path: ArraySlice<UInt8>) throws(SPIFFEIDError) {
        guard let first = path.first else { return }
        guard first == UInt8(ascii: "/") else { throw .pathCharacter }
        for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard !segment.isEmpty else { throw .emptySegment }
            guard segment.allSatisfy(isAllowedInPath) else { throw .pathCharacter }
            guard !segment.elementsEqual(".".utf8), !segment.elementsEqual("..".utf8) else { throw .dotSegment }
        }
    }

    private static func isAllowedInPath(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
