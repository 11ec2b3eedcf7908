/// A workload as Martlet names it: the service account it runs as, in a namespace, in a trust domain.
///
/// One workload, two spellings: the SPIFFE ID that peers compare, and a name in the form of DNS names that fits into SNI.
package struct WorkloadIdentity: Hashable, Sendable, CustomStringConvertible {
    package let trustDomain: TrustDomain
    package let namespace: String
    package let serviceAccount: String
    /// `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`.
    package let id: SPIFFEID

    package init(
        trustDomain: TrustDomain, namespace: String, serviceAccount: String
    ) throws(WorkloadIdentityError) {
        guard Self.isDNSLabel(namespace[...]) else { throw .namespace(namespace) }
        guard Self.isDNSName(serviceAccount) else { throw .serviceAccount(serviceAccount) }
        self.trustDomain = trustDomain
        self.namespace = namespace
        self.serviceAccount = serviceAccount
        do throws(SPIFFEIDError) {
            id = try SPIFFEID(trustDomain: trustDomain, path: "/ns/\(namespace)/sa/\(serviceAccount)")
        } catch {
            throw .id(error)
        }
        guard dnsName.utf8.count <= Limits.dnsNameBytesMax else { throw .dnsNameTooLong(dnsName) }
    }

    /// The workload that an id of this form names.
    package init(_ id: SPIFFEID) throws(WorkloadIdentityError) {
        let segments = id.path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count == 5, segments[1] == "ns", segments[3] == "sa" else { throw .form(id) }
        try self.init(
            trustDomain: id.trustDomain, namespace: String(segments[2]), serviceAccount: String(segments[4]))
    }

    /// `<service account>.<namespace>.serviceaccount.identity.<trust domain>`: what a client puts into SNI.
    package var dnsName: String { "\(serviceAccount).\(namespace).serviceaccount.identity.\(trustDomain)" }

    package var description: String { id.description }

    /// RFC 1123 §2.1 in lower case, as Kubernetes names namespaces.
    private static func isDNSLabel(_ label: Substring) -> Bool {
        let bytes = label.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= Limits.dnsLabelBytesMax else {
            return false
        }
        let isAlphanumeric = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isDNSName(_ name: String) -> Bool {
        name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isDNSLabel)
    }
}

/// Why there is no workload of that name.
package enum WorkloadIdentityError: Error, Equatable, Sendable, CustomStringConvertible {
    case namespace(String)
    case serviceAccount(String)
    case form(SPIFFEID)
    case id(SPIFFEIDError)
    case dnsNameTooLong(String)

    package var description: String {
        switch self {
        case .namespace(let name):
            "namespace '\(name)': allowed are 1 to 63 of a-z, 0-9 and dashes that begin and end with a letter or digit"
        case .serviceAccount(let name):
            "service account '\(name)': allowed are labels of a-z, 0-9 and dashes, with dots between them"
        case .form(let id): "\(id) is not of the form spiffe://<trust domain>/ns/<namespace>/sa/<service account>"
        case .id(let reason): "no SPIFFE ID: \(reason)"
        case .dnsNameTooLong(let name):
            "the name \(name) has \(name.utf8.count) bytes, allowed are \(Limits.dnsNameBytesMax)"
        }
    }
}
