extension ValueFormat where Value == String {
    /// A SPIFFE ID that names a workload (SPIFFE ID §2), kept as it is written: the TLS room gives it its type, and a test
    /// holds both to the same rules.
    static let workloadIdentity = ValueFormat.scalar(
        "SPIFFE ID", sentence: "spiffe://DOMAIN/PATH", example: "spiffe://shop.example/ns/default/sa/cart",
        parse: { isWorkloadIdentity($0) ? .value($0) : .malformed }, encode: { .text($0) })

    private static func isWorkloadIdentity(_ text: String) -> Bool {
        let scheme = "spiffe://"
        guard text.hasPrefix(scheme), text.utf8.count <= 2048 else { return false }
        let parts = text.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1, !parts[0].isEmpty, parts[0].utf8.count <= 255 else { return false }
        return parts[0].utf8.allSatisfy(isOfTrustDomain)
            && parts.dropFirst().allSatisfy { segment in
                !segment.isEmpty && segment != "." && segment != ".." && segment.utf8.allSatisfy(isOfPath)
            }
    }

    private static func isOfTrustDomain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func isOfPath(_ byte: UInt8) -> Bool {
        isOfTrustDomain(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
