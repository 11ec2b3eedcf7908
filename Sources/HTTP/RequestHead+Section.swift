import Bytes

/// A request that comes as HTTP/2 fields, one at a time (RFC 9113 §8.3): `beginSection`, `take` for each field,
/// `endSection`. It passes the same checks as one that comes as text, and is written by the same writers.
extension RequestHead {
    public mutating func beginSection() {
        reset()
        versionMajor = 2
    }

    /// - Returns: nil, or why this is no request; the model is unusable then.
    public mutating func take(
        _ name: RawSpan, _ value: RawSpan, isNeverIndexed: Bool = false, limits: HTTPLimits = HTTPLimits()
    ) -> HTTPError? {
        do throws(HTTPError) {
            if name.byteCount > 0 && name[0] == UInt8(ascii: ":") {
                try takePseudo(name, value)
            } else {
                try FieldParser.take(
                    name, value, isNeverIndexed: isNeverIndexed, into: &storage, &fields, limits: limits)
            }
            return nil
        } catch {
            return error
        }
    }

    /// - Parameter endsMessage: no body follows.
    public mutating func endSection(endsMessage: Bool, limits: HTTPLimits = HTTPLimits()) -> HTTPError? {
        do throws(HTTPError) {
            try readTarget(limits)
            if !fields.present.isDisjoint(with: .connectionSpecific) { throw .connectionSpecificField }
            joinCookies()
            let tunnelProtocol = upgrade
            take(
                try RequestMeaning(
                    section: fields, storage.bytes, method: method, target: target, endsMessage: endsMessage,
                    limits: limits))
            upgrade = tunnelProtocol
            return nil
        } catch {
            return error
        }
    }

    /// CONNECT with `:protocol`, which opens a tunnel on this stream for something like a WebSocket (RFC 8441).
    public var isExtendedConnect: Bool { versionMajor == 2 && method == .connect && upgrade != nil }

    // MARK: Pseudo fields

    /// Each once, before the others (RFC 9113 §8.3).
    private mutating func takePseudo(_ name: RawSpan, _ value: RawSpan) throws(HTTPError) {
        guard fields.isEmpty, fields.droppedCount == 0, value.byteCount > 0 else { throw .invalidPseudoField }
        if name.equals(":method") {
            guard methodRange.isEmpty else { throw .invalidPseudoField }
            methodRange = store(value)
        } else if name.equals(":path") {
            guard target.whole.isEmpty else { throw .invalidPseudoField }
            target.whole = store(value)
            // Where `RequestLine` looks for the end of a target.
            storage.append(ByteClass.space)
        } else if name.equals(":authority") {
            guard target.authority.isEmpty else { throw .invalidPseudoField }
            target.authority = store(value)
        } else if name.equals(":scheme") {
            guard target.scheme == nil else { throw .invalidPseudoField }
            target.scheme = try Self.scheme(value)
        } else if name.equals(":protocol") {
            guard upgrade == nil else { throw .invalidPseudoField }
            upgrade = store(value)
        } else {
            throw .invalidPseudoField
        }
    }

    private mutating func store(_ value: RawSpan) -> ByteRange {
        let start = storage.count
        storage.append(value)
        return ByteRange(start: start, count: value.byteCount)
    }

    private static func scheme(_ value: RawSpan) throws(HTTPError) -> RequestTarget.Scheme {
        if value.equalsIgnoringCase("http") { return .http }
        if value.equalsIgnoringCase("https") { return .https }
        for offset in 0..<value.byteCount where !ByteClass.isScheme(value[offset]) { throw .invalidPseudoField }
        throw .invalidScheme
    }

    private mutating func readTarget(_ limits: HTTPLimits) throws(HTTPError) {
        guard !methodRange.isEmpty else { throw .invalidPseudoField }
        guard methodRange.range.count <= limits.methodBytes else { throw .methodTooLong }
        for offset in methodRange.range where !ByteClass.isToken(storage.bytes[offset]) { throw .invalidMethod }
        method = HTTPMethod(storage.bytes.extracting(methodRange.range))
        let scheme = target.scheme
        let authority = target.authority
        if method == .connect && upgrade == nil {
            guard scheme == nil, target.whole.isEmpty, !authority.isEmpty else { throw .invalidPseudoField }
            target = try RequestTarget.parse(storage.bytes, authority.range, questionMark: nil, method: .connect)
            return
        }
        if let upgrade {
            guard method == .connect, !authority.isEmpty else { throw .invalidPseudoField }
            guard ListElements.isToken(storage.bytes, upgrade) else { throw .invalidUpgrade }
        }
        guard scheme != nil, !target.whole.isEmpty else { throw .invalidPseudoField }
        let whole = target.whole.range
        guard methodRange.range.count + whole.count + 10 <= limits.startLineBytes else { throw .startLineTooLong }
        let end = try RequestLine.endOfTarget(storage.bytes, whole.lowerBound)
        guard end.offset == whole.upperBound else { throw .invalidTarget }
        target = try RequestTarget.parse(
            storage.bytes, whole, questionMark: end.questionMark, method: method == .connect ? .get : method)
        guard target.form != .absolute else { throw .invalidTarget }
        target.scheme = scheme
        target.authority = authority
    }

    /// The crumbs of one cookie (RFC 9113 §8.2.3), as one field again: behind us may be HTTP/1.
    private mutating func joinCookies() {
        guard fields.count(of: .cookie) > 1 else { return }
        let crumbs = fields
        let start = storage.count
        storage.append("cookie: ")
        var isNeverIndexed = false
        for crumb in crumbs.all(of: .cookie) {
            if storage.count > start + 8 { storage.append("; ") }
            storage.append(copyOf: crumb.valueRange.range)
            if crumb.isNeverIndexed { isNeverIndexed = true }
        }
        let value = ByteRange(start + 8..<storage.count)
        storage.append("\r\n")
        fields.removeAll(of: .cookie)
        fields.append(
            Field(
                nameStart: UInt32(truncatingIfNeeded: start), valueStart: value.start, valueCount: value.count,
                nameCount: 6, name: .cookie, traits: isNeverIndexed ? [.canonical, .neverIndexed] : .canonical))
    }
}
