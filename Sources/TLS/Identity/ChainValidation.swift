internal import COpenSSL

/// Path validation (RFC 5280 §6) by OpenSSL, in its strict form, against given anchors and no others.
enum ChainValidation {
    /// - Parameters:
    ///   - leaf: an X509.
    ///   - intermediates: a STACK_OF(X509) from the peer, or nil.
    ///   - anchors: a STACK_OF(X509). Each ends a path, whoever signed it.
    /// - Returns: when the first certificate of the path expires.
    static func verify(
        _ leaf: OpaquePointer, _ intermediates: OpaquePointer?, anchors: OpaquePointer, at now: WallTime
    ) throws(PeerRefusal) -> WallTime {
        guard let context = unsafe X509_STORE_CTX_new() else { preconditionFailure("OpenSSL is out of memory") }
        defer {
            unsafe X509_STORE_CTX_free(context)
            ERR_clear_error()
        }
        guard unsafe X509_STORE_CTX_init(context, nil, leaf, intermediates) == 1 else {
            throw .malformedCertificate
        }
        unsafe X509_STORE_CTX_set0_trusted_stack(context, anchors)
        let parameters = unsafe X509_STORE_CTX_get0_param(context)
        unsafe X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN))
        unsafe X509_VERIFY_PARAM_set_depth(parameters, Int32(Limits.intermediatesMax))
        // Level 2 (112 bits): no RSA below 2048 bits, no SHA-1, anywhere in the path.
        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        unsafe X509_VERIFY_PARAM_set_time(parameters, Int(now.secondsSinceEpoch))
        guard unsafe X509_verify_cert(context) == 1 else {
            throw refusal(unsafe X509_STORE_CTX_get_error(context))
        }
        return unsafe earliestExpiry(X509_STORE_CTX_get0_chain(context))
    }

    private static func earliestExpiry(_ chain: OpaquePointer?) -> WallTime {
        var earliest = WallTime(secondsSinceEpoch: .max)
        for index in 0..<(unsafe OPENSSL_sk_num(chain)) {
            let certificate = unsafe OPENSSL_sk_value(chain, index).map { OpaquePointer($0) }
            earliest = min(earliest, unsafe WallTime(X509_get0_notAfter(certificate)))
        }
        return earliest
    }

    private static func refusal(_ code: Int32) -> PeerRefusal {
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED: .expired
        case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
            .unknownIssuer
        case X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE: .badSignature
        case X509_V_ERR_INVALID_CA, X509_V_ERR_INVALID_NON_CA, X509_V_ERR_KEYUSAGE_NO_CERTSIGN,
            X509_V_ERR_PATH_LENGTH_EXCEEDED, X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, X509_V_ERR_CA_BCONS_NOT_CRITICAL:
            .issuerNotAuthority
        case X509_V_ERR_CERT_CHAIN_TOO_LONG: .chainTooLong
        case X509_V_ERR_PERMITTED_VIOLATION, X509_V_ERR_EXCLUDED_VIOLATION: .nameConstraint
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: .weakKey
        // The many ways to break RFC 5280 share one word; OpenSSL's numbers are not an enum to be exhausted.
        default: .malformedCertificate
        }
    }

    /// The number that makes OpenSSL send the fitting alert (RFC 8446 §6.2) for a refusal.
    static func code(for refusal: PeerRefusal) -> Int32 {
        switch refusal {
        case .expired: X509_V_ERR_CERT_HAS_EXPIRED  // certificate_expired
        case .unknownIssuer, .otherTrustDomain: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY  // unknown_ca
        case .badSignature: X509_V_ERR_CERT_SIGNATURE_FAILURE  // decrypt_error
        case .issuerNotAuthority: X509_V_ERR_INVALID_CA  // unknown_ca
        case .leafIsAuthority, .keyUsage, .extendedKeyUsage, .keyAlgorithm:
            X509_V_ERR_INVALID_PURPOSE  // unsupported_certificate
        case .noCertificate, .otherWorkload, .notYetValid, .noSPIFFEID, .severalURIs, .malformedSPIFFEID, .chainTooLong,
            .nameConstraint, .weakKey, .malformedCertificate:
            X509_V_ERR_CERT_REJECTED  // bad_certificate
        }
    }
}
