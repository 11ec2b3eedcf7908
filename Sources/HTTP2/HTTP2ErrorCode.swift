/// Why a stream or a connection ended (RFC 9113 §7). A code that is not in the list is kept as it came.
public struct HTTP2ErrorCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let noError = Self(rawValue: 0x0)
    public static let protocolError = Self(rawValue: 0x1)
    public static let internalError = Self(rawValue: 0x2)
    public static let flowControlError = Self(rawValue: 0x3)
    public static let settingsTimeout = Self(rawValue: 0x4)
    public static let streamClosed = Self(rawValue: 0x5)
    public static let frameSizeError = Self(rawValue: 0x6)
    /// Nothing of the request was processed, so it may be sent again (RFC 9113 §8.7).
    public static let refusedStream = Self(rawValue: 0x7)
    public static let cancel = Self(rawValue: 0x8)
    public static let compressionError = Self(rawValue: 0x9)
    public static let connectError = Self(rawValue: 0xA)
    public static let enhanceYourCalm = Self(rawValue: 0xB)
    public static let inadequateSecurity = Self(rawValue: 0xC)
    public static let http11Required = Self(rawValue: 0xD)

    /// Lower case with underscores; `unknown` for codes of no registry.
    public var word: StaticString {
        switch rawValue {
        case 0x0: "no_error"
        case 0x1: "protocol_error"
        case 0x2: "internal_error"
        case 0x3: "flow_control_error"
        case 0x4: "settings_timeout"
        case 0x5: "stream_closed"
        case 0x6: "frame_size_error"
        case 0x7: "refused_stream"
        case 0x8: "cancel"
        case 0x9: "compression_error"
        case 0xA: "connect_error"
        case 0xB: "enhance_your_calm"
        case 0xC: "inadequate_security"
        case 0xD: "http_1_1_required"
        default: "unknown"
        }
    }
}
