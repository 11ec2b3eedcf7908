import Bytes

/// Counts the messages in one direction of a call by their prefixes, without keeping anything: one byte that says whether
/// the message is compressed, four for its length. Where DATA frames are cut means nothing.
package struct GRPCMessageCounter: Sendable {
    /// Messages that have come whole.
    package private(set) var messages: UInt64 = 0
    /// Payload bytes so far, prefixes left out.
    package private(set) var payloadBytes: UInt64 = 0
    /// A prefix was none: from there on nothing is counted.
    package private(set) var isMalformed = false
    private var prefixBytes = 0
    private var length: UInt32 = 0
    private var payloadLeft: UInt32 = 0

    package init() {}

    /// Whether the bytes so far end behind a message.
    package var isBetweenMessages: Bool { prefixBytes == 0 && !isMalformed }

    package mutating func take(_ bytes: RawSpan) {
        var offset = 0
        while offset < bytes.byteCount && !isMalformed {
            if prefixBytes < 5 {
                takePrefix(bytes[offset])
                offset += 1
            } else {
                let taken = min(Int(payloadLeft), bytes.byteCount - offset)
                payloadLeft -= UInt32(taken)
                payloadBytes += UInt64(taken)
                offset += taken
            }
            if prefixBytes == 5 && payloadLeft == 0 {
                messages += 1
                prefixBytes = 0
                length = 0
            }
        }
    }

    private mutating func takePrefix(_ byte: UInt8) {
        if prefixBytes == 0 {
            guard byte <= 1 else {
                isMalformed = true
                return
            }
        } else {
            length = length << 8 | UInt32(byte)
        }
        prefixBytes += 1
        if prefixBytes == 5 { payloadLeft = length }
    }
}
