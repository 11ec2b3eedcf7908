/// What a side of a connection insists on, apart from who it is and whom it trusts.
package struct TLSSettings: Equatable, Sendable {
    package enum Version: Equatable, Sendable { case tls12, tls13 }
    package enum ClientCertificates: Equatable, Sendable {
        /// A client that shows none is refused.
        case required
        /// A client may show none, and then has no identity; one that shows a wrong one is refused.
        case optional
    }

    /// The oldest version to speak. 1.2 is for peers that have no better; its suites are ECDHE with ECDSA and AEAD only.
    package var minimumVersion = Version.tls13
    /// Server only.
    package var clientCertificates = ClientCertificates.required
    /// What may be spoken over TLS (ALPN, RFC 7301), dearest first. A server refuses a client whose offer has none of it; a
    /// peer without ALPN negotiates nothing, which the caller judges.
    package var applicationProtocols: [String] = []
    /// For how long after a peer proved its key its sessions may be resumed, `Limits.resumptionSecondsMax` at most. 0: every
    /// handshake is a full one, as it is with `minimumVersion` 1.2.
    package var resumptionSeconds: Int64 = 0

    package init() {}
}
