import Bytes

/// The chunked coding (RFC 9112 §7.1), byte by byte over its framing and whole spans over its data.
///
///     size ──▶ extension ──▶ CR LF ──▶ data ──▶ CR LF ──▶ size …
///                              └─(size 0)─▶ trailer lines ──▶ CR LF ──▶ end
struct ChunkedDecoder: Sendable {
    private enum State: Sendable {
        case size
        case extensions(ChunkExtension)
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailers
    }

    private let limits: HTTPLimits
    private var state = State.size
    /// Payload bytes of this chunk still to come; while in `.size` the number read so far.
    private var rest: UInt64 = 0
    private var digits = 0
    private var significantDigits = 0
    private var lineBytes = 0
    private var lineExtensionBytes = 0
    private var extensionBytes = 0
    private var overheadBytes: UInt64 = 0
    private var payloadBytes: UInt64 = 0
    private(set) var trailers = FieldList()
    private(set) var trailerStorage: [UInt8] = []
    private var trailerScan = TrailerScan()

    init(limits: HTTPLimits) { self.limits = limits }

    mutating func decode(_ bytes: RawSpan) -> BodyDecoder.Step {
        var offset = 0
        do throws(HTTPError) {
            while offset < bytes.byteCount {
                if case .data = state {
                    let taken = Int(min(rest, UInt64(bytes.byteCount - offset)))
                    rest -= UInt64(taken)
                    payloadBytes += UInt64(taken)
                    if rest == 0 { state = .dataCarriageReturn }
                    return .data(offset..<offset + taken, consumed: offset + taken)
                }
                let byte = bytes[offset]
                offset += 1
                overheadBytes += 1
                if try take(byte) { return .end(consumed: offset) }
            }
            return .needMore(consumed: offset)
        } catch {
            return .failed(error)
        }
    }

    /// - Returns: whether the body ended with this byte.
    private mutating func take(_ byte: UInt8) throws(HTTPError) -> Bool {
        switch state {
        case .size: try takeSize(byte)
        case .extensions(var grammar):
            if byte == ByteClass.carriageReturn && grammar.mayEnd {
                try endSizeLine()
            } else {
                try countExtensionByte()
                try grammar.take(byte)
                state = .extensions(grammar)
            }
        case .sizeLineFeed:
            guard byte == ByteClass.lineFeed else { throw .bareCarriageReturn }
            try beginChunk()
        case .dataCarriageReturn:
            guard byte == ByteClass.carriageReturn else { throw .missingChunkTerminator }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == ByteClass.lineFeed else { throw .missingChunkTerminator }
            beginSizeLine()
        case .trailers: return try takeTrailer(byte)
        case .data: preconditionFailure("chunk data is taken as a whole")
        }
        return false
    }

    // MARK: The size line

    private mutating func beginSizeLine() {
        state = .size
        rest = 0
        digits = 0
        significantDigits = 0
        lineBytes = 0
        lineExtensionBytes = 0
    }

    private mutating func countLineByte() throws(HTTPError) {
        lineBytes += 1
        if lineBytes > limits.chunkLineBytes { throw .chunkLineTooLong }
    }

    private mutating func countExtensionByte() throws(HTTPError) {
        try countLineByte()
        lineExtensionBytes += 1
        extensionBytes += 1
        guard lineExtensionBytes <= limits.chunkExtensionBytesPerLine,
            extensionBytes <= limits.chunkExtensionBytesPerMessage
        else { throw .chunkExtensionsTooLarge }
    }

    private mutating func takeSize(_ byte: UInt8) throws(HTTPError) {
        if let value = ByteClass.hexValue(byte) {
            try countLineByte()
            digits += 1
            if rest > 0 || value > 0 { significantDigits += 1 }
            guard significantDigits <= limits.chunkSizeDigits else { throw .chunkSizeTooLarge }
            rest = rest << 4 | UInt64(value)
            return
        }
        guard digits > 0 else { throw .invalidChunkSize }
        if byte == ByteClass.carriageReturn { return try endSizeLine() }
        if byte == ByteClass.lineFeed { throw .bareLineFeed }
        guard byte == UInt8(ascii: ";") || ByteClass.isOptionalWhitespace(byte) else { throw .invalidChunkSize }
        var grammar = ChunkExtension()
        try countExtensionByte()
        try grammar.take(byte)
        state = .extensions(grammar)
    }

    private mutating func endSizeLine() throws(HTTPError) {
        state = .sizeLineFeed
        // h2o's rule: framing may not be the bulk of a long body.
        if overheadBytes >= limits.chunkOverheadBytes && payloadBytes &* 3 < overheadBytes { throw .chunkOverhead }
    }

    private mutating func beginChunk() throws(HTTPError) {
        state = rest == 0 ? .trailers : .data
    }

    // MARK: Trailers

    private mutating func takeTrailer(_ byte: UInt8) throws(HTTPError) -> Bool {
        if trailerStorage.count >= limits.trailerBytes { throw .trailersTooLarge }
        trailerStorage.append(byte)
        guard try trailerScan.take(byte, maximum: limits.trailerFields) else { return false }
        do throws(HTTPError) {
            var all = FieldList()
            _ = try FieldParser.parse(
                trailerStorage.rawBytes, from: 0, into: &all, limits: limits, maximum: limits.trailerFields)
            for index in 0..<all.count {
                if limits.allowedTrailers.contains(all[index].name) {
                    trailers.append(all[index])
                } else {
                    trailers.droppedCount += 1
                }
            }
            trailers.droppedCount += all.droppedCount
        } catch .tooManyFields {
            throw .tooManyTrailers
        }
        return true
    }
}

/// Finds the empty line that ends a trailer section, and bare line ends before it.
struct TrailerScan: Sendable {
    private var lineBytes = 0
    private var lines = 0
    private var sawCarriageReturn = false

    /// - Returns: whether the section ended with this byte.
    mutating func take(_ byte: UInt8, maximum: Int) throws(HTTPError) -> Bool {
        if sawCarriageReturn {
            guard byte == ByteClass.lineFeed else { throw .bareCarriageReturn }
            sawCarriageReturn = false
            if lineBytes == 0 { return true }
            lineBytes = 0
            return false
        }
        if byte == ByteClass.carriageReturn {
            sawCarriageReturn = true
            return false
        }
        if byte == ByteClass.lineFeed { throw .bareLineFeed }
        if lineBytes == 0 {
            lines += 1
            if lines > maximum { throw .tooManyTrailers }
        }
        lineBytes += 1
        return false
    }
}
