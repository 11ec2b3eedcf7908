/// Why bytes are not a protobuf message. Every case means HTTP 400: a sender must not try the same bytes again.
package enum WireError: Error, Equatable, Sendable {
    /// A field's length or value reaches past the end of its message.
    case truncated
    /// A varint of more than ten bytes.
    case varintTooLong
    /// A key that is no legal pair of field number and wire type.
    case invalidKey
    /// A group that is not closed by its own number, or closed without having been opened.
    case unbalancedGroup
    /// Messages or groups nested deeper than `Limits.nestingDepth`.
    case nestedTooDeep

    /// One line for the `google.rpc.Status` of the answer.
    package var explanation: StaticString {
        switch self {
        case .truncated: "protobuf message ends inside a field"
        case .varintTooLong: "protobuf varint is longer than ten bytes"
        case .invalidKey: "protobuf key has an illegal field number or wire type"
        case .unbalancedGroup: "protobuf group is not closed by its own end"
        case .nestedTooDeep: "protobuf messages are nested too deeply"
        }
    }
}
