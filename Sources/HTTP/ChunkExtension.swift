/// The grammar of chunk extensions (RFC 9112 §7.1.1). They are checked and dropped: what stands in one must not be
/// able to look like a line end to anybody.
///
///     BWS ";" BWS name [ BWS "=" BWS ( token | quoted-string ) ] …
struct ChunkExtension: Sendable {
    private enum State: Sendable {
        case beforeSemicolon, beforeName, name, behindName, beforeValue, value, quoted, escaped, behindValue
    }

    private var state = State.beforeSemicolon

    /// Whether a line may end here.
    var mayEnd: Bool {
        switch state {
        case .name, .value: true
        // A closed quoted string ends in `.behindValue` too, but so does trailing whitespace.
        case .behindValue: !sawTrailingSpace
        case .beforeSemicolon, .beforeName, .behindName, .beforeValue, .quoted, .escaped: false
        }
    }
    private var sawTrailingSpace = false

    mutating func take(_ byte: UInt8) throws(HTTPError) {
        if byte == ByteClass.lineFeed { throw .bareLineFeed }
        if byte == ByteClass.carriageReturn { throw state == .quoted ? .bareCarriageReturn : .invalidChunkExtension }
        if (byte < 0x20 && byte != ByteClass.tab) || byte == 0x7F { throw .controlByte }
        let isSpace = ByteClass.isOptionalWhitespace(byte)
        switch state {
        case .beforeSemicolon:
            if byte == UInt8(ascii: ";") { state = .beforeName } else if !isSpace { throw .invalidChunkExtension }
        case .beforeName:
            if isSpace { return }
            state = try token(byte, .name)
        case .name:
            if isSpace {
                state = .behindName
            } else if let next = separator(byte) {
                state = next
            } else {
                state = try token(byte, .name)
            }
        case .behindName:
            if isSpace { return }
            guard let next = separator(byte) else { throw .invalidChunkExtension }
            state = next
        case .beforeValue:
            if isSpace { return }
            state = try byte == UInt8(ascii: "\"") ? .quoted : token(byte, .value)
        case .value:
            if isSpace {
                state = .behindValue
                sawTrailingSpace = true
            } else {
                state = try byte == UInt8(ascii: ";") ? .beforeName : token(byte, .value)
            }
        case .quoted:
            if byte == UInt8(ascii: "\"") { state = .behindValue }
            if byte == UInt8(ascii: "\\") { state = .escaped }
        case .escaped: state = .quoted
        case .behindValue:
            if isSpace {
                sawTrailingSpace = true
                return
            }
            guard byte == UInt8(ascii: ";") else { throw .invalidChunkExtension }
            sawTrailingSpace = false
            state = .beforeName
        }
    }

    private func separator(_ byte: UInt8) -> State? {
        if byte == UInt8(ascii: ";") { return .beforeName }
        return byte == UInt8(ascii: "=") ? .beforeValue : nil
    }

    private func token(_ byte: UInt8, _ next: State) throws(HTTPError) -> State {
        guard ByteClass.isToken(byte) else { throw .invalidChunkExtension }
        return next
    }
}
