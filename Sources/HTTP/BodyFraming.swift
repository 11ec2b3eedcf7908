/// How a message's body ends (RFC 9112 §6.3).
public enum BodyFraming: Equatable, Sendable {
    /// Neither length nor coding was given, or the message cannot have a body.
    case none
    case length(UInt64)
    case chunked
    /// A response that ends with its connection.
    case untilClose

    public var hasBody: Bool {
        switch self {
        case .none, .length(0): false
        case .length, .chunked, .untilClose: true
        }
    }
}
