/// What the identity service answers: a workload's certificate, and whom to trust from now on.
///
/// One PEM text (RFC 7468, which allows lines of text between the blocks): the chain, leaf first, then behind the line
/// `trust bundle` the anchors. While anchors are exchanged the old and the new one stand there together.
package struct CertificateAnswer: Sendable {
    package let chain: [Certificate]
    package let anchors: [Certificate]

    package init(chain: [Certificate], anchors: [Certificate]) {
        self.chain = chain
        self.anchors = anchors
    }

    private static let chainLine = "certificate chain\n"
    private static let bundleLine = "trust bundle\n"

    /// The form of a body, and its media type.
    package var pem: [UInt8] {
        Array(Self.chainLine.utf8) + chain.flatMap(\.pem) + Array(Self.bundleLine.utf8) + anchors.flatMap(\.pem)
    }
    package static let mediaType = "application/x-pem-file"

    package init(pem: [UInt8]) throws(PEMError) {
        guard let line = pem.firstRange(of: Array(Self.bundleLine.utf8)) else { throw .missing("trust bundle") }
        chain = try Certificate.all(inPEM: Array(pem[..<line.lowerBound]))
        anchors = try Certificate.all(inPEM: Array(pem[line.upperBound...]))
    }
}

extension WorkloadIdentity {
    /// Whom a workload of `domain` must find behind the address of the identity service; nobody is given this identity.
    package static func identityService(of domain: TrustDomain) throws(WorkloadIdentityError) -> WorkloadIdentity {
        try WorkloadIdentity(trustDomain: domain, namespace: "martlet", serviceAccount: "identity")
    }
}
