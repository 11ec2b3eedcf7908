internal import COpenSSL

/// Why a session ended before its time. The words are stable; the names of alerts are those of RFC 8446.
package enum TLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// We refuse the peer.
    case refused(PeerRefusal)
    /// The peer refuses us.
    case alert(TLSAlert)
    /// The peer speaks no version that we do.
    case version
    /// The peer offers no application protocol that we speak.
    case applicationProtocol
    /// No common suite, group or signature algorithm.
    case noSharedParameters
    /// The first bytes are no TLS record.
    case notTLS
    /// A record or message that breaks the protocol, or that was changed on the way.
    case malformed
    /// More messages after the handshake than `Limits.postHandshakeMessagesPerSecondMax`.
    case postHandshakeFlood
    /// The peer's end of the connection is closed in the middle of the handshake.
    case truncated
    /// errno.
    case connection(Int32)
    /// OpenSSL failed for a reason of its own.
    case `internal`

    package var word: String {
        switch self {
        case .refused(let refusal): refusal.word
        case .alert(let alert): "alert_\(alert)"
        case .version: "tls_version"
        case .applicationProtocol: "no_application_protocol"
        case .noSharedParameters: "no_shared_parameters"
        case .notTLS: "not_tls"
        case .malformed: "malformed_tls"
        case .postHandshakeFlood: "post_handshake_flood"
        case .truncated: "tls_truncated"
        case .connection: "connection_lost"
        case .internal: "tls_internal"
        }
    }

    package var description: String { word }

    init(_ error: OpenSSLError) {
        guard error.library == ERR_LIB_SSL else {
            // Libraries below libssl speak up when the peer's bytes do not decode or decrypt.
            self = error.code == 0 ? .internal : .malformed
            return
        }
        // libssl numbers the alerts that it received from SSL_AD_REASON_OFFSET upwards.
        if error.reason > SSL_AD_REASON_OFFSET, let number = UInt8(exactly: error.reason - SSL_AD_REASON_OFFSET) {
            self = .alert(TLSAlert(number: number))
            return
        }
        // Reasons that all libraries share: no memory, a broken invariant.
        self = Int(error.reason) & ERR_R_FATAL == ERR_R_FATAL ? .internal : Self.failure(error.reason)
    }

    private static func failure(_ reason: Int32) -> TLSFailure {
        switch reason {
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: .refused(.noCertificate)
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_UNKNOWN_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH,
            SSL_R_WRONG_SSL_VERSION, SSL_R_NO_PROTOCOLS_AVAILABLE:
            .version
        case SSL_R_NO_APPLICATION_PROTOCOL: .applicationProtocol
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SUITABLE_GROUPS, SSL_R_NO_SHARED_GROUPS:
            .noSharedParameters
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: .notTLS
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: .truncated
        // Several hundred reasons for one thing; OpenSSL's numbers are not an enum to be exhausted.
        default: .malformed
        }
    }
}
