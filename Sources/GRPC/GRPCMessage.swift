import Bytes

/// A message with its prefix: one byte that says whether it is compressed, four for its length.
package enum GRPCMessage {
    package static let prefixBytes = 5

    package static func framed(_ payload: [UInt8], isCompressed: Bool = false) -> [UInt8] {
        var message: [UInt8] = [isCompressed ? 1 : 0]
        message.reserveCapacity(prefixBytes + payload.count)
        for shift in [24, 16, 8, 0] { message.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
        message += payload
        return message
    }

    /// Where the message of a unary call stands in the body that carried it.
    package struct Unary: Equatable, Sendable {
        package let isCompressed: Bool
        package let payload: Range<Int>
    }

    /// Why a body is not one message.
    package enum Fault: Error, Equatable, Sendable {
        case empty
        case invalidFlag
        case tooLarge
        case truncated
        case severalMessages
    }

    /// - Parameter limit: bytes of the payload, as it was sent.
    package static func unary(_ body: RawSpan, limit: Int) throws(Fault) -> Unary {
        guard body.byteCount > 0 else { throw .empty }
        guard body[0] <= 1 else { throw .invalidFlag }
        guard body.byteCount >= prefixBytes else { throw .truncated }
        var length = 0
        for offset in 1..<prefixBytes { length = length << 8 | Int(body[offset]) }
        guard length <= limit else { throw .tooLarge }
        let held = body.byteCount - prefixBytes
        guard held >= length else { throw .truncated }
        guard held == length else { throw .severalMessages }
        return Unary(isCompressed: body[0] == 1, payload: prefixBytes..<body.byteCount)
    }
}
