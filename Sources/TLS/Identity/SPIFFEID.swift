/// The name of a workload, `spiffe://<trust domain>/<path>`, as the SPIFFE ID specification §2 allows it.
///
/// Two ids are the same when their bytes are; nothing is normalised, so no two spellings mean one workload.
package struct SPIFFEID: Hashable, Sendable, CustomStringConvertible {
    package let trustDomain: TrustDomain
    /// Begins with a slash; empty for the id of a trust domain itself, which only its authorities bear.
    package let path: String

    package init(_ text: String) throws(SPIFFEIDError) { try self.init(bytes: Array(text.utf8)) }

    /// - Parameter bytes: as they stand in a certificate, with whatever was put there, NUL included.
    package init(bytes: [UInt8]) throws(SPIFFEIDError) {
        guard bytes.count <= Limits.spiffeIDBytesMax else { throw .tooLong }
        let scheme = Array("spiffe://".utf8)
        guard bytes.starts(with: scheme) else { throw .scheme }
        let rest = bytes[scheme.count...]
        let pathStart = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        trustDomain = try TrustDomain(bytes: rest[..<pathStart])
        try Self.checkPath(rest[pathStart...])
        path = String(decoding: rest[pathStart...], as: UTF8.self)
    }

    init(trustDomain: TrustDomain, path: String) throws(SPIFFEIDError) {
        let bytes = Array(path.utf8)
        try Self.checkPath(bytes[...])
        self.trustDomain = trustDomain
        self.path = path
        guard description.utf8.count <= Limits.spiffeIDBytesMax else { throw .tooLong }
    }

    /// Only an id with a path names a workload (X.509-SVID §5.2).
    package var namesWorkload: Bool { !path.isEmpty }

    package var description: String { "spiffe://\(trustDomain)\(path)" }

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
