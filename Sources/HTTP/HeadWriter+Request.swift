public import Bytes

/// How a received request goes on.
public struct RequestForwarding: ~Copyable, Sendable {
    public enum TargetForm: Sendable { case origin, absolute }

    /// Fields to leave out beside the hop-by-hop ones, which always go.
    public var removing: FieldNameSet = []
    /// nil: framed as it was received.
    public var framing: BodyFraming?
    /// Absolute for a next hop that is a proxy, origin for a server.
    public var target = TargetForm.origin
    /// Tells the next hop that this connection ends with the response.
    public var closes = false
    /// Passes the upgrade on that the client asked for.
    public var forwardsUpgrade = true
    /// Passes `Expect: 100-continue` on, so that the next hop decides.
    public var forwardsExpectation = true
    /// Our name in `Via`; nil adds none.
    public var via: [UInt8]?
    /// Host for an HTTP/1.0 request that brought none.
    public var defaultHost: [UInt8] = []
    /// Makes an extended CONNECT for a WebSocket the handshake that it stands for (RFC 8441 §5.1): 16 bytes in base64.
    public var webSocketKey: [UInt8]?
    /// Goes instead of the received path, where a rule decided by the canonical one (`CanonicalPath`).
    public var canonicalPath: [UInt8]?

    public init() {}
}

extension HeadWriter {
    /// Writes `head` for the next hop, as HTTP/1.1 (RFC 9110 §7.6).
    /// - Parameter additional: adds fields, behind the received ones.
    public static func writeRequest(
        _ head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding = RequestForwarding(),
        to buffer: inout ByteBuffer, additional: (inout HeadWriter) -> Void = { _ in }
    ) {
        var writer = HeadWriter(buffer)
        writer.requestLine(head, forwarding)
        if head.host.isEmpty {
            writer.field("Host", forwarding.defaultHost)
        } else {
            writer.out.append("Host: ")
            writer.out.append(head[head.host])
            writer.out.append("\r\n")
        }
        let framing = forwarding.framing ?? head.framing
        var removing = forwarding.removing.union(.regenerated)
        if framing != .chunked { removing.insert(.trailer) }
        if head.maxForwards != nil { removing.insert(.maxForwards) }
        writer.copyFields(head.fields, from: head.bytes, removing: removing)
        additional(&writer)
        if let via = forwarding.via {
            writer.via(via, receivedMajor: head.versionMajor, receivedMinor: head.versionMinor)
        }
        if let hops = head.maxForwards, hops > 0 { writer.field("Max-Forwards", decimal: hops - 1) }
        writer.framing(framing)
        if head.expectsContinue && forwarding.forwardsExpectation { writer.field("Expect", "100-continue") }
        writer.connection(of: head, forwarding)
        writer.out.append("\r\n")
        buffer = writer.finish()
    }

    private mutating func requestLine(_ head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding) {
        if head.isExtendedConnect { out.append("GET") } else { out.append(head[head.methodRange]) }
        out.append(" ")
        let target = head.target
        switch target.form {
        case .authority, .asterisk: out.append(head[target.whole])
        case .origin, .absolute:
            if forwarding.target == .absolute {
                out.append(target.scheme == .https ? "https://" : "http://")
                out.append(head[head.host])
            }
            path(of: head, forwarding)
        }
        out.append(" HTTP/1.1\r\n")
    }

    private mutating func path(of head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding) {
        let target = head.target
        if let path = forwarding.canonicalPath {
            out.append(path.rawBytes)
        } else if !target.path.isEmpty {
            return out.append(head[target.pathAndQuery])
        } else if head.method == .options && target.query == nil {
            // An OPTIONS for a whole server: `*`, or an absolute form without a path (RFC 9112 §3.2.4).
            if forwarding.target == .origin { out.append("*") }
            return
        } else {
            out.append("/")
        }
        guard let query = target.query else { return }
        out.append("?")
        out.append(head[query])
    }

    private mutating func connection(of head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding) {
        let upgrade = forwarding.forwardsUpgrade ? head.upgrade : nil
        if head.acceptsTrailers { field("TE", "trailers") }
        if let upgrade { field("Upgrade", head[upgrade]) }
        if let key = forwarding.webSocketKey { field("Sec-WebSocket-Key", key) }
        guard forwarding.closes || head.acceptsTrailers || upgrade != nil else { return }
        out.append("Connection: ")
        var separator: StaticString = ""
        func add(_ option: StaticString, _ out: inout ByteBuffer) {
            out.append(separator)
            out.append(option)
            separator = ", "
        }
        if forwarding.closes { add("close", &out) }
        if head.acceptsTrailers { add("TE", &out) }
        if upgrade != nil { add("Upgrade", &out) }
        out.append("\r\n")
    }

    /// Writes `head` as it was received, for the content of an answer to TRACE (RFC 9110 §9.3.8): without the fields
    /// that are nobody's business but the sender's and the server's.
    public static func writeEcho(_ head: borrowing RequestHead, to buffer: inout ByteBuffer) {
        var writer = HeadWriter(buffer)
        writer.out.append(head[head.methodRange])
        writer.out.append(" ")
        writer.out.append(head[head.target.whole])
        writer.out.append(head.versionMinor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        writer.copyFields(head.fields, from: head.bytes, removing: [.authorization, .proxyAuthorization, .cookie])
        writer.out.append("\r\n")
        buffer = writer.finish()
    }

    /// Writes a request of our own.
    /// - Parameters:
    ///   - target: origin form.
    ///   - fields: adds the fields other than Host, framing and Connection.
    public static func writeRequest(
        _ method: StaticString, target: RawSpan, host: RawSpan, framing: BodyFraming, closes: Bool = false,
        to buffer: inout ByteBuffer, fields: (inout HeadWriter) -> Void = { _ in }
    ) {
        var writer = HeadWriter(buffer)
        writer.out.append(method)
        writer.out.append(" ")
        writer.out.append(target)
        writer.out.append(" HTTP/1.1\r\n")
        writer.field("Host", host)
        fields(&writer)
        writer.framing(framing)
        if closes { writer.field("Connection", "close") }
        writer.out.append("\r\n")
        buffer = writer.finish()
    }
}
