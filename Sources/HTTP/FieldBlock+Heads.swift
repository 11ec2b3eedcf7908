import Bytes

extension FieldBlock {
    /// Writes `head` for the next hop as HTTP/2 (RFC 9113 §8.3.1): Host becomes `:authority`, fields about the connection
    /// stay behind.
    /// - Parameters:
    ///   - scheme: what the client used, where `head` does not say.
    ///   - extendedConnect: the next hop knows RFC 8441; an upgrade goes on as an extended CONNECT, else not at all.
    ///   - additional: adds fields, behind the received ones.
    public mutating func request(
        _ head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding = RequestForwarding(),
        scheme: RequestTarget.Scheme = .http, extendedConnect: Bool = false,
        additional: (inout FieldBlock) -> Void = { _ in }
    ) {
        removeAll()
        let base = adopt(head.bytes)
        let tunnelProtocol = extendedConnect && forwarding.forwardsUpgrade ? head.upgrade : nil
        pseudoFields(of: head, forwarding, scheme, tunnelProtocol, base)
        let framing = forwarding.framing ?? head.framing
        var removing = forwarding.removing.union(.regenerated)
        if framing == .none { removing.insert(.trailer) }
        if head.maxForwards != nil { removing.insert(.maxForwards) }
        // The stream is the handshake (RFC 8441 §5).
        if tunnelProtocol != nil { removing.insert(.secWebSocketKey) }
        copy(head.fields, base: base, removing: removing)
        additional(&self)
        if let via = forwarding.via { self.via(via, major: head.versionMajor, minor: head.versionMinor) }
        if let hops = head.maxForwards, hops > 0 { field("max-forwards", decimal: hops - 1) }
        if case .length(let length) = framing { field("content-length", decimal: length) }
        if head.expectsContinue && forwarding.forwardsExpectation { field("expect", "100-continue") }
        if head.acceptsTrailers { field("te", "trailers") }
    }

    private mutating func pseudoFields(
        of head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding, _ scheme: RequestTarget.Scheme,
        _ tunnelProtocol: ByteRange?, _ base: Int
    ) {
        if let tunnelProtocol {
            field(":method", "CONNECT")
            pseudo(":protocol", tunnelProtocol, base: base)
        } else {
            pseudo(":method", head.methodRange, base: base)
        }
        if head.host.isEmpty {
            if !forwarding.defaultHost.isEmpty { field(":authority", forwarding.defaultHost) }
        } else {
            pseudo(":authority", head.host, base: base)
        }
        if head.method == .connect && tunnelProtocol == nil { return }
        field(":scheme", (head.target.scheme ?? scheme) == .https ? "https" : "http")
        path(of: head, forwarding, base)
    }

    private mutating func path(of head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding, _ base: Int) {
        let target = head.target
        if let canonical = forwarding.canonicalPath {
            let query = target.query.map { $0.moved(by: base) }
            field(":path") {
                $0.append(canonical.rawBytes)
                guard let query else { return }
                $0.append("?")
                $0.append(copyOf: query.range)
            }
        } else if !target.path.isEmpty {
            pseudo(":path", target.pathAndQuery, base: base)
        } else if head.method == .options && target.query == nil {
            // For the whole server: `*`, or an absolute form without a path (RFC 9112 §3.2.4).
            field(":path", "*")
        } else if let query = target.query?.moved(by: base) {
            field(":path") {
                $0.append("/?")
                $0.append(copyOf: query.range)
            }
        } else {
            field(":path", "/")
        }
    }

    /// Writes `head` for the client as HTTP/2; interim heads too.
    /// - Parameter additional: adds fields, behind the received ones.
    public mutating func response(
        _ head: borrowing ResponseHead, _ forwarding: borrowing ResponseForwarding = ResponseForwarding(),
        additional: (inout FieldBlock) -> Void = { _ in }
    ) {
        removeAll()
        let base = adopt(head.bytes)
        // What switches protocols in HTTP/1 accepts a tunnel here (RFC 8441 §5).
        let status = head.status == 101 ? 200 : head.status
        field(":status", decimal: UInt64(status))
        let framing = forwarding.framing ?? head.framing
        var removing = forwarding.removing.union(.regenerated)
        if framing == .none { removing.insert(.trailer) }
        if head.status == 101 { removing.insert(.secWebSocketAccept) }
        copy(head.fields, base: base, removing: removing)
        additional(&self)
        if let via = forwarding.via { self.via(via, major: head.versionMajor, minor: head.versionMinor) }
        if let date = forwarding.date, head.status >= 200, !head.fields.present.contains(.date) { field("date", date) }
        if case .length(let length) = framing {
            field("content-length", decimal: length)
        } else if framing == .none, let length = head.declaredLength {
            field("content-length", decimal: length)
        }
    }

    /// Writes a response of our own.
    /// - Parameters:
    ///   - contentLength: of the body that follows, or that a GET would have had; nil where it is not known or none.
    ///   - fields: adds the fields other than Date and Content-Length.
    public mutating func response(
        status: Int, contentLength: UInt64? = nil, date: HTTPDate? = nil,
        fields: (inout FieldBlock) -> Void = { _ in }
    ) {
        removeAll()
        field(":status", decimal: UInt64(status))
        if let date { field("date", date) }
        fields(&self)
        if let contentLength { field("content-length", decimal: contentLength) }
    }

    /// Writes a request of our own.
    /// - Parameter fields: adds the fields other than Content-Length.
    public mutating func request(
        _ method: StaticString, scheme: RequestTarget.Scheme, authority: RawSpan, path: RawSpan,
        contentLength: UInt64? = nil, fields: (inout FieldBlock) -> Void = { _ in }
    ) {
        removeAll()
        field(":method", method)
        field(":authority", authority)
        field(":scheme", scheme == .https ? "https" : "http")
        field(":path", path)
        fields(&self)
        if let contentLength { field("content-length", decimal: contentLength) }
    }

    /// Writes trailers, as `TrailerSection` or `BodyDecoder` received them.
    /// - Parameter bytes: what the ranges of `trailers` point into.
    public mutating func trailers(
        _ trailers: FieldList, in bytes: RawSpan, additional: (inout FieldBlock) -> Void = { _ in }
    ) {
        removeAll()
        copy(trailers, base: adopt(bytes), removing: .forbiddenInTrailers)
        additional(&self)
    }
}
