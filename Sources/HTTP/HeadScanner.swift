import Bytes

/// Finds where a head ends, over as many reads as it takes, and refuses a bad one as soon as the bytes prove it.
///
/// The caller hands in everything that it has from the first byte of the message; the scanner remembers how far it
/// looked, so every byte is looked at once. The outcome does not depend on how the bytes were split. A head that has come whole,
/// and has no fault, needs no scanner: `RequestHead.parseWhole`, `ResponseHead.parseWhole`.
public struct HeadScanner: Sendable {
    public enum Message: Sendable { case request, response }

    public enum Scan: Equatable, Sendable {
        case needMore
        /// The head, leading empty lines included, is the first `byteCount` bytes.
        case complete(byteCount: Int)
        case failed(HTTPError)
    }

    private let message: Message
    private let limits: HTTPLimits
    private var position = 0
    private var lineStart = 0
    private var lines = 0
    private var emptyLines = 0

    public init(_ message: Message, limits: HTTPLimits = HTTPLimits()) {
        self.message = message
        self.limits = limits
    }

    /// Whether a byte of the start line was seen: an idle connection that closes here loses nothing.
    public var hasBegun: Bool { position > lineStart || lines > 0 }

    /// Whether it has looked at nothing of the message.
    public var isFresh: Bool { position == 0 }

    /// Empty lines that stood before the start line.
    public var leadingEmptyLines: Int { emptyLines }

    /// Forgets the message; needed after `.failed` only, `.complete` does it by itself.
    public mutating func reset() {
        position = 0
        lineStart = 0
        lines = 0
        emptyLines = 0
    }

    /// - Parameter bytes: all bytes of the message so far; earlier ones must not change between calls.
    public mutating func scan(_ bytes: RawSpan) -> Scan {
        let end = min(bytes.byteCount, limits.headBytes)
        while true {
            if position == lineStart, position < end, let error = errorAtLineStart(bytes[position]) {
                return .failed(error)
            }
            let lineEnd = lines == 0 ? min(end, lineStart + limits.startLineBytes + 1) : end
            let found = bytes.firstOffset(from: position, to: lineEnd) { WordScan.below(0x20, $0) }
            position = found
            if found == lineEnd { return atEnd(bytes.byteCount, lineEnd) }
            let byte = bytes[found]
            if byte == ByteClass.tab {
                position = found + 1
                continue
            }
            if byte != ByteClass.carriageReturn {
                return .failed(byte == ByteClass.lineFeed ? .bareLineFeed : .controlByte)
            }
            // The line is over, so that its own limit is not asked again.
            if found + 1 >= end { return bytes.byteCount >= limits.headBytes ? .failed(.headTooLarge) : .needMore }
            if bytes[found + 1] != ByteClass.lineFeed { return .failed(.bareCarriageReturn) }
            if let outcome = finishLine(at: found) { return outcome }
        }
    }

    /// Nothing was found up to `stop`: wait for more, unless a limit ended the search.
    private func atEnd(_ available: Int, _ stop: Int) -> Scan {
        if lines == 0 && stop > lineStart + limits.startLineBytes { return .failed(.startLineTooLong) }
        if available >= limits.headBytes { return .failed(.headTooLarge) }
        return .needMore
    }

    private mutating func finishLine(at end: Int) -> Scan? {
        let isEmpty = end == lineStart
        position = end + 2
        lineStart = position
        guard lines == 0 else {
            guard isEmpty else {
                lines += 1
                return nil
            }
            let byteCount = position
            reset()
            return .complete(byteCount: byteCount)
        }
        guard isEmpty else {
            lines = 1
            return nil
        }
        emptyLines += 1
        let allowed = message == .request ? limits.leadingEmptyLines : 0
        return emptyLines > allowed ? .failed(.emptyLinesBeforeStart) : nil
    }

    private func errorAtLineStart(_ byte: UInt8) -> HTTPError? {
        switch lines {
        case 0:
            if byte == ByteClass.carriageReturn { return nil }
            if byte == ByteClass.lineFeed { return .bareLineFeed }
            let fits = message == .request ? ByteClass.isToken(byte) : byte == UInt8(ascii: "H")
            return fits ? nil : .invalidFirstByte
        case 1 where ByteClass.isOptionalWhitespace(byte):
            return .whitespaceBeforeFirstField
        default:
            if ByteClass.isOptionalWhitespace(byte) { return .obsoleteFold }
            return lines > limits.fields && byte != ByteClass.carriageReturn ? .tooManyFields : nil
        }
    }
}
