/// A fatal alert of the peer (RFC 8446 §6): its words for why it gave up.
package struct TLSAlert: Equatable, Sendable, CustomStringConvertible {
    package let number: UInt8

    package init(number: UInt8) { self.number = number }

    package static let badCertificate = TLSAlert(number: 42)
    package static let unsupportedCertificate = TLSAlert(number: 43)
    package static let certificateExpired = TLSAlert(number: 45)
    package static let unknownAuthority = TLSAlert(number: 48)
    package static let protocolVersion = TLSAlert(number: 70)
    package static let certificateRequired = TLSAlert(number: 116)
    package static let noApplicationProtocol = TLSAlert(number: 120)

    /// The name in RFC 8446, or the number in front of one that has none there.
    package var description: String {
        switch number {
        case 10: "unexpected_message"
        case 20: "bad_record_mac"
        case 22: "record_overflow"
        case 40: "handshake_failure"
        case 42: "bad_certificate"
        case 43: "unsupported_certificate"
        case 44: "certificate_revoked"
        case 45: "certificate_expired"
        case 46: "certificate_unknown"
        case 47: "illegal_parameter"
        case 48: "unknown_ca"
        case 49: "access_denied"
        case 50: "decode_error"
        case 51: "decrypt_error"
        case 70: "protocol_version"
        case 71: "insufficient_security"
        case 80: "internal_error"
        case 86: "inappropriate_fallback"
        case 90: "user_canceled"
        case 109: "missing_extension"
        case 110: "unsupported_extension"
        case 112: "unrecognized_name"
        case 113: "bad_certificate_status_response"
        case 115: "unknown_psk_identity"
        case 116: "certificate_required"
        case 120: "no_application_protocol"
        default: "alert_\(number)"
        }
    }
}
