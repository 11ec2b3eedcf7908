internal import Bytes

/// The first message of a TLS client, looked at without taking it: which server does it ask for?
///
/// A proxy that ends TLS for itself and lets the workload's own through has nothing else to tell them apart by. Only a hello
/// in one record is read; no client splits one that small.
package enum ClientHello {
    package enum Answer: Equatable, Sendable {
        case needMore
        /// The name in SNI (RFC 6066 §3), or nil where there is none.
        case complete([UInt8]?)
        case malformed
    }

    /// Bytes of the largest record with its header (RFC 8446 §5.1).
    package static let bytesMax = 5 + 16_384

    /// - Parameter bytes: everything received so far.
    package static func read(_ bytes: RawSpan) -> Answer {
        guard bytes.byteCount >= 5 else { return .needMore }
        let length = Int(bytes[3]) << 8 | Int(bytes[4])
        guard bytes[0] == 22, length <= 16_384 else { return .malformed }
        guard bytes.byteCount >= 5 + length else { return .needMore }
        var record = Cursor(position: 5, end: 5 + length)
        guard record.number(1, bytes) == 1, let messageLength = record.number(3, bytes),
            messageLength <= record.left
        else { return .malformed }
        var hello = Cursor(position: record.position, end: record.position + messageLength)
        // Version and random; then session, suites and compression, each behind its length (RFC 8446 §4.1.2).
        guard hello.skip(34), hello.skipVector(1, bytes), hello.skipVector(2, bytes), hello.skipVector(1, bytes) else {
            return .malformed
        }
        if hello.left == 0 { return .complete(nil) }
        guard let extensions = hello.vector(2, bytes) else { return .malformed }
        return serverName(extensions, bytes)
    }

    private static func serverName(_ extensions: Cursor, _ bytes: RawSpan) -> Answer {
        var extensions = extensions
        while extensions.left > 0 {
            guard let type = extensions.number(2, bytes), var content = extensions.vector(2, bytes) else {
                return .malformed
            }
            guard type == 0 else { continue }
            guard var names = content.vector(2, bytes) else { return .malformed }
            while names.left > 0 {
                guard let kind = names.number(1, bytes), let name = names.vector(2, bytes) else { return .malformed }
                if kind == 0 { return .complete((name.position..<name.end).map { bytes[$0] }) }
            }
        }
        return .complete(nil)
    }
}

/// A part of the bytes that is read from its front. What does not fit into it is nil or false.
private struct Cursor {
    var position: Int
    let end: Int

    var left: Int { end - position }

    mutating func skip(_ count: Int) -> Bool {
        guard count <= left else { return false }
        position += count
        return true
    }

    /// - Parameter width: bytes of the number, at most three.
    mutating func number(_ width: Int, _ bytes: RawSpan) -> Int? {
        let start = position
        guard skip(width) else { return nil }
        return (start..<position).reduce(0) { $0 << 8 | Int(bytes[$1]) }
    }

    /// The content behind a length of `width` bytes.
    mutating func vector(_ width: Int, _ bytes: RawSpan) -> Cursor? {
        guard let length = number(width, bytes) else { return nil }
        let start = position
        return skip(length) ? Cursor(position: start, end: position) : nil
    }

    mutating func skipVector(_ width: Int, _ bytes: RawSpan) -> Bool { vector(width, bytes) != nil }
}
