import Bytes

/// Methods that some rule depends on; every other token is `.other` and is forwarded as received.
public enum HTTPMethod: UInt8, CaseIterable, Sendable {
    case get, head, post, put, delete, connect, options, trace, patch, other

    /// Empty for `.other`.
    public var text: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .connect: "CONNECT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        case .other: ""
        }
    }

    /// Methods are case-sensitive (RFC 9110 §9.1): `get` is another method.
    public init(_ bytes: RawSpan) {
        self = .other
        for candidate in Self.allCases where candidate != .other && bytes.equals(candidate.text) {
            self = candidate
            return
        }
    }

    /// RFC 9110 §9.2.2: the same request twice has the effect of one, so it may be sent again.
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .connect, .patch, .other: false
        }
    }

    /// RFC 9110 §9.2.1: asks for nothing but a representation.
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .delete, .connect, .patch, .other: false
        }
    }
}
