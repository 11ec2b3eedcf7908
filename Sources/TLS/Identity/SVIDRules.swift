internal import COpenSSL

/// What the X.509-SVID specification asks of the certificate that a workload shows, apart from who signed it and when it
/// is valid, which are the trust bundle's to judge.
///
/// The same rules are used when a peer shows a certificate, when one's own is loaded, and when one is issued.
enum SVIDRules {
    /// The workload that the certificate names.
    static func identify(_ leaf: Certificate) throws(PeerRefusal) -> SPIFFEID { try unsafe identify(leaf.pointer) }

    /// - Parameter leaf: an X509.
    static func identify(_ leaf: OpaquePointer) throws(PeerRefusal) -> SPIFFEID {
        let names = unsafe AlternativeNames(extensions: X509_get0_extensions(leaf))
        guard !names.isMalformed else { throw .malformedCertificate }
        guard let uri = names.uris.first else { throw .noSPIFFEID }
        guard names.uris.count == 1 else { throw .severalURIs }
        do throws(SPIFFEIDError) {
            let id = try SPIFFEID(bytes: uri)
            guard id.namesWorkload else { throw SPIFFEIDError.emptySegment }
            return id
        } catch {
            throw .malformedSPIFFEID
        }
    }

    /// X.509-SVID §4: a leaf that can authenticate its holder as client and as server, and can do nothing else.
    static func checkUse(_ leaf: Certificate) throws(PeerRefusal) { try unsafe checkUse(leaf.pointer) }

    /// - Parameter leaf: an X509.
    static func checkUse(_ leaf: OpaquePointer) throws(PeerRefusal) {
        let flags = unsafe X509_get_extension_flags(leaf)
        guard flags & UInt32(EXFLAG_INVALID) == 0 else { throw .malformedCertificate }
        guard flags & UInt32(EXFLAG_CA) == 0 else { throw .leafIsAuthority }
        guard unsafe isKeyUsageCritical(leaf), hasLeafKeyUsage(unsafe X509_get_key_usage(leaf)) else { throw .keyUsage }
        // Absent is every bit set, and allowed.
        let purposes = unsafe X509_get_extended_key_usage(leaf)
        let both = UInt32(XKU_SSL_SERVER | XKU_SSL_CLIENT)
        guard purposes & both == both else { throw .extendedKeyUsage }
        guard let key = unsafe X509_get0_pubkey(leaf), unsafe KeyAlgorithm(of: key).isAllowed else {
            throw .keyAlgorithm
        }
    }

    /// - Parameter usage: the bits of keyUsage; all are set when the extension is absent, which the rules refuse.
    private static func hasLeafKeyUsage(_ usage: UInt32) -> Bool {
        let signsIssues = UInt32(KU_KEY_CERT_SIGN | KU_CRL_SIGN)
        return usage & UInt32(KU_DIGITAL_SIGNATURE) != 0 && usage & signsIssues == 0
    }

    private static func isKeyUsageCritical(_ leaf: OpaquePointer) -> Bool {
        let index = unsafe X509_get_ext_by_NID(leaf, NID_key_usage, -1)
        guard index >= 0, let usage = unsafe X509_get_ext(leaf, index) else { return false }
        return unsafe X509_EXTENSION_get_critical(usage) == 1
    }
}
