import Bytes

extension RequestHead {
    /// Whether `pseudonym` stands in `Via` already: the request has been here before (RFC 9110 §7.6.3).
    public func viaNames(_ pseudonym: RawSpan) -> Bool {
        for index in 0..<fields.count where fields[index].name == .via {
            var elements = ListElements(fields[index].valueRange)
            while let element = elements.nextElement(bytes) {
                if Self.receivedBy(self[element]).equalsIgnoringCase(pseudonym) { return true }
            }
        }
        return false
    }

    /// The major version in which the hop before us received the request, as the last of `Via` says (RFC 9110 §7.6.3); nil where
    /// there is none, or nonsense.
    public var lastReceivedMajor: UInt8? {
        guard fields.present.contains(.via) else { return nil }
        var last: ByteRange?
        for index in 0..<fields.count where fields[index].name == .via {
            var elements = ListElements(fields[index].valueRange)
            while let element = elements.nextElement(bytes) { last = element }
        }
        guard let last else { return nil }
        let element = self[last]
        // `1.1`, or `HTTP/1.1`.
        let end = element.firstOffset(from: 0, to: element.byteCount, where: WordScan.whitespace)
        let slash = element.firstOffset(from: 0, to: end) { WordScan.equal(UInt8(ascii: "/"), $0) }
        let start = slash < end ? slash + 1 : 0
        guard start < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(element[start]) else { return nil }
        return element[start] - UInt8(ascii: "0")
    }

    /// The second word of `1.1 name (comment)`.
    @_lifetime(copy element)
    private static func receivedBy(_ element: RawSpan) -> RawSpan {
        var start = element.firstOffset(from: 0, to: element.byteCount, where: WordScan.whitespace)
        while start < element.byteCount, ByteClass.isOptionalWhitespace(element[start]) { start += 1 }
        let end = element.firstOffset(from: start, to: element.byteCount, where: WordScan.whitespace)
        return element.extracting(start..<end)
    }
}

/// What `Via` said last: from one peer it is always the same, and need not be read again.
public struct ViaMemory: ~Copyable {
    private var value = ByteBuffer()
    private var lastReceivedMajor: UInt8?

    private static let keptBytesMax = 256

    public init() {}

    /// Keeps what `head` says; nothing, where that is long, or in more than one line.
    public mutating func keep(_ head: borrowing RequestHead) {
        value.clear()
        guard let line = Self.onlyLine(of: head), line.count <= Self.keptBytesMax else { return }
        value.append(head[line])
        lastReceivedMajor = head.lastReceivedMajor
    }

    /// Whether `head` says what was kept.
    public func holds(_ head: borrowing RequestHead) -> Bool {
        guard let line = Self.onlyLine(of: head) else { return false }
        return head[line].equals(value.bytes)
    }

    /// As the head's own.
    public func lastReceivedMajor(of head: borrowing RequestHead) -> UInt8? {
        holds(head) ? lastReceivedMajor : head.lastReceivedMajor
    }

    /// The one line of `Via`, if it is not empty.
    private static func onlyLine(of head: borrowing RequestHead) -> ByteRange? {
        guard head.fields.present.contains(.via) else { return nil }
        var line: ByteRange?
        for index in 0..<head.fields.count where head.fields[index].name == .via {
            guard line == nil else { return nil }
            line = head.fields[index].valueRange
        }
        return line.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension ResponseHead {
    /// Whether this 101 switches to what `request` asked for; another one is answered with 502 (RFC 9110 §15.2.2).
    /// A WebSocket must also prove that it read the key (RFC 6455 §4.2.2).
    /// - Parameter key: of our own, where the client sent none because it speaks HTTP/2.
    public func switchesAsAsked(by request: borrowing RequestHead, key: [UInt8]? = nil) -> Bool {
        guard status == 101, let upgrade, let asked = request.upgrade else { return false }
        guard self[upgrade].equalsIgnoringCase(request[asked]) else { return false }
        guard self[upgrade].equalsIgnoringCase("websocket") else { return true }
        guard fields.count(of: .secWebSocketAccept) == 1, let accept = fields.first(of: .secWebSocketAccept) else {
            return false
        }
        if let key { return WebSocketAccept.matches(key: key.rawBytes, accept: self[accept.valueRange]) }
        guard let key = request.fields.first(of: .secWebSocketKey)
        else { return false }
        return WebSocketAccept.matches(key: request[key.valueRange], accept: self[accept.valueRange])
    }
}
