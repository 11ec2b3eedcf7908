public import Bytes

/// How a received response goes back.
public struct ResponseForwarding: ~Copyable, Sendable {
    /// Fields to leave out beside the hop-by-hop ones, which always go.
    public var removing: FieldNameSet = []
    /// nil: `ResponseHead.framing(forClientMinor: 1)`.
    public var framing: BodyFraming?
    /// Tells the client that its connection ends with this response.
    public var closes = false
    /// Our name in `Via`; nil adds none.
    public var via: [UInt8]?
    /// Added where the upstream sent none (RFC 9110 §6.6.1); nil adds none.
    public var date: HTTPDate?

    public init() {}
}

extension HeadWriter {
    /// Writes `head` for the client, as HTTP/1.1; interim heads too.
    /// - Parameter additional: adds fields, behind the received ones.
    public static func writeResponse(
        _ head: borrowing ResponseHead, _ forwarding: borrowing ResponseForwarding = ResponseForwarding(),
        to buffer: inout ByteBuffer, additional: (inout HeadWriter) -> Void = { _ in }
    ) {
        var writer = HeadWriter(buffer)
        writer.statusLine(head.status)
        // HTTP/2 has no phrase, and a reader of HTTP/1 expects one.
        if head.versionMajor == 2 {
            writer.out.append(HTTPStatus.phrase(head.status))
        } else {
            writer.out.append(head[head.reason])
        }
        writer.out.append("\r\n")
        let framing = forwarding.framing ?? head.framing(forClientMinor: 1)
        var removing = forwarding.removing.union(.regenerated)
        if framing != .chunked { removing.insert(.trailer) }
        writer.copyFields(head.fields, from: head.bytes, removing: removing)
        additional(&writer)
        if let via = forwarding.via {
            writer.via(via, receivedMajor: head.versionMajor, receivedMinor: head.versionMinor)
        }
        if let date = forwarding.date, head.status >= 200, !head.fields.present.contains(.date) {
            writer.field("Date", date)
        }
        if framing == .none, let length = head.declaredLength {
            writer.field("Content-Length", decimal: length)
        } else {
            writer.framing(framing)
        }
        if let upgrade = head.upgrade {
            writer.field("Upgrade", head[upgrade])
            writer.field("Connection", "Upgrade")
        } else if head.status >= 200 && !head.isTunnel && (forwarding.closes || framing == .untilClose) {
            writer.field("Connection", "close")
        }
        writer.out.append("\r\n")
        buffer = writer.finish()
    }

    /// Writes a response of our own.
    /// - Parameters:
    ///   - framing: of the body that follows; `.length` of it also in answer to HEAD.
    ///   - fields: adds the fields other than Date, framing and Connection.
    public static func writeResponse(
        status: Int, framing: BodyFraming, closes: Bool = false, date: HTTPDate? = nil,
        to buffer: inout ByteBuffer, fields: (inout HeadWriter) -> Void = { _ in }
    ) {
        var writer = HeadWriter(buffer)
        writer.statusLine(status)
        writer.out.append(HTTPStatus.phrase(status))
        writer.out.append("\r\n")
        if let date { writer.field("Date", date) }
        fields(&writer)
        writer.framing(framing)
        if closes || framing == .untilClose { writer.field("Connection", "close") }
        writer.out.append("\r\n")
        buffer = writer.finish()
    }

    private mutating func statusLine(_ status: Int) {
        out.append("HTTP/1.1 ")
        out.append(decimal: UInt64(status))
        out.append(" ")
    }
}
