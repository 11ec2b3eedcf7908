import Bytes

/// What a request's fields say together: host, framing, persistence, expectations (RFC 9110 §7, §10; RFC 9112 §3, §6).
struct RequestMeaning {
    var host = ByteRange.empty
    var hostName = ByteRange.empty
    var hostPort: UInt16?
    var isHostOverridden = false
    var framing = BodyFraming.none
    var keepAlive = true
    var expectsContinue = false
    var upgrade: ByteRange?
    var acceptsTrailers = false
    var maxForwards: UInt64?

    init(
        _ fields: inout FieldList, _ bytes: borrowing RawSpan, method: HTTPMethod, target: RequestTarget,
        versionMinor: UInt8, limits: HTTPLimits
    ) throws(HTTPError) {
        try readHost(fields, bytes, target, versionMinor)
        framing = try MessageFraming.declared(by: fields, in: bytes, versionMinor: versionMinor, limits: limits)
        if method == .connect && framing.hasBody { throw .connectWithBody }
        let connection = try ConnectionOptions.read(&fields, in: bytes, limits: limits)
        keepAlive = versionMinor > 0 && !connection.close
        if (method == .trace || method == .options) && fields.present.contains(.maxForwards) {
            try readMaxForwards(fields, bytes)
        }
        guard versionMinor > 0 else { return }
        if fields.present.contains(.expect) { try readExpect(fields, bytes, limits) }
        if connection.upgrade && method != .connect { try readUpgrade(fields, bytes, method, limits) }
        if fields.present.contains(.te) { try readTE(fields, bytes, limits) }
    }

    /// What the fields of an HTTP/2 header section say together; `target.authority` is `:authority`.
    init(
        section fields: FieldList, _ bytes: borrowing RawSpan, method: HTTPMethod, target: RequestTarget,
        endsMessage: Bool, limits: HTTPLimits
    ) throws(HTTPError) {
        try readHost(section: fields, bytes, target)
        let declared = try MessageFraming.declared(by: fields, in: bytes, versionMinor: 1, limits: limits)
        if method == .connect {
            if declared != .none { throw .connectWithBody }
        } else if endsMessage {
            guard !declared.hasBody else { throw .truncatedBody }
            framing = declared
        } else {
            framing = declared == .none ? .chunked : declared
        }
        if (method == .trace || method == .options) && fields.present.contains(.maxForwards) {
            try readMaxForwards(fields, bytes)
        }
        if fields.present.contains(.expect) { try readExpect(fields, bytes, limits) }
        // RFC 9113 §8.2.2: with no other value.
        for field in fields.all(of: .te) {
            guard bytes.extracting(field.valueRange.range).equalsIgnoringCase("trailers") else {
                throw .connectionSpecificField
            }
            acceptsTrailers = true
        }
    }

    /// A `Host` beside `:authority` must be the same (RFC 9113 §8.3.1): two answers to "for whom?" are none.
    private mutating func readHost(
        section fields: FieldList, _ bytes: borrowing RawSpan, _ target: RequestTarget
    ) throws(HTTPError) {
        host = target.authority
        if let field = fields.first(of: .host) {
            guard fields.count(of: .host) == 1 else { throw .repeatedHost }
            if host.isEmpty {
                host = field.valueRange
            } else if !bytes.extracting(field.valueRange.range).equalsIgnoringCase(bytes.extracting(host.range)) {
                throw .authorityConflictsWithHost
            }
        }
        guard !host.isEmpty else { throw .missingHost }
        let authority: Authority
        do throws(HTTPError) { authority = try Authority.parse(bytes, host) } catch {
            // What no authority can hold makes the pseudo field malformed; what it may hold can still be none of ours.
            for offset in host.range where !ByteClass.isAuthority(bytes[offset]) { throw .invalidPseudoField }
            throw error
        }
        hostName = authority.host
        hostPort = authority.port
    }

    private mutating func readHost(
        _ fields: FieldList, _ bytes: borrowing RawSpan, _ target: RequestTarget, _ versionMinor: UInt8
    ) throws(HTTPError) {
        if let field = fields.first(of: .host) {
            guard fields.count(of: .host) == 1 else { throw .repeatedHost }
            host = field.valueRange
            let authority: Authority
            do throws(HTTPError) { authority = try Authority.parse(bytes, host) } catch { throw .invalidHost }
            hostName = authority.host
            hostPort = authority.port
        } else if versionMinor > 0 {
            throw .missingHost
        }
        guard !target.authority.isEmpty else { return }
        let authority = try Authority.parse(bytes, target.authority)
        if !host.isEmpty {
            let received = bytes.extracting(host.range)
            isHostOverridden = !received.equalsIgnoringCase(bytes.extracting(target.authority.range))
        }
        host = target.authority
        hostName = authority.host
        hostPort = authority.port
    }

    /// An expectation without a body asks for nothing (RFC 9110 §10.1.1).
    private mutating func readExpect(
        _ fields: FieldList, _ bytes: borrowing RawSpan, _ limits: HTTPLimits
    ) throws(HTTPError) {
        for field in fields.all(of: .expect) {
            var elements = ListElements(field.valueRange)
            while let element = elements.nextElement(bytes) {
                if elements.count > limits.listElements { throw .tooManyListElements }
                guard bytes.extracting(element.range).equalsIgnoringCase("100-continue") else {
                    throw .unknownExpectation
                }
            }
        }
        expectsContinue = framing.hasBody
    }

    /// Keeps the first protocol that is not HTTP/2 over cleartext, which would bypass everything that we check.
    private mutating func readUpgrade(
        _ fields: FieldList, _ bytes: borrowing RawSpan, _ method: HTTPMethod, _ limits: HTTPLimits
    ) throws(HTTPError) {
        var count = 0
        for field in fields.all(of: .upgrade) {
            var elements = ListElements(field.valueRange)
            while let element = elements.nextElement(bytes) {
                count += 1
                if count > limits.listElements { throw .tooManyListElements }
                if element.isEmpty { continue }
                guard UpgradeProtocol.isValid(bytes, element) else { throw .invalidUpgrade }
                if upgrade == nil && !UpgradeProtocol.isHTTP2(bytes, element) { upgrade = element }
            }
        }
        guard let upgrade else { return }
        if framing.hasBody { throw .upgradeWithBody }
        if bytes.extracting(upgrade.range).equalsIgnoringCase("websocket") {
            guard method == .get, fields.count(of: .secWebSocketKey) == 1,
                let key = fields.first(of: .secWebSocketKey), UpgradeProtocol.isWebSocketKey(bytes, key.valueRange)
            else { throw .invalidWebSocketKey }
        }
    }

    private mutating func readTE(
        _ fields: FieldList, _ bytes: borrowing RawSpan, _ limits: HTTPLimits
    ) throws(HTTPError) {
        var count = 0
        for field in fields.all(of: .te) {
            var elements = ListElements(field.valueRange)
            while let element = elements.nextElement(bytes) {
                count += 1
                if count > limits.listElements { throw .tooManyListElements }
                if bytes.extracting(element.range).equalsIgnoringCase("trailers") { acceptsTrailers = true }
            }
        }
    }

    private mutating func readMaxForwards(_ fields: FieldList, _ bytes: borrowing RawSpan) throws(HTTPError) {
        guard fields.count(of: .maxForwards) == 1, let field = fields.first(of: .maxForwards) else {
            throw .invalidMaxForwards
        }
        do throws(HTTPError) {
            maxForwards = try MessageFraming.contentLength(field.valueRange, bytes)
        } catch {
            throw .invalidMaxForwards
        }
    }
}
