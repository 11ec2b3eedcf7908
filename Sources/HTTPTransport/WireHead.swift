import Bytes

/// How far a message body reaches (RFC 9112 §6.3).
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// Responses only.
    case untilClose
}

/// Why a head was refused, with the status to answer when it was a request's.
struct HeadRefusal: Error, Equatable {
    let status: Int
    let why: String
}

/// Start line and fields of a message, with what the connection needs to know of them.
struct WireHead {
    var startLine: [String]
    var fields: HTTPFields
    var keepsAlive: Bool
    var framing: BodyFraming

    /// - Returns: nil when the head is not there to its end yet.
    static func take(from buffer: inout ByteBuffer, bytesMax: Int) throws(HeadRefusal) -> WireHead? {
        let bytes = unsafe buffer.withReadableBytes { unsafe Array($0.prefix(bytesMax + 1)) }
        let blank = bytes.prefix { $0 == 0x0D || $0 == 0x0A }.count
        guard let end = endOfHead(bytes[blank...]) else {
            guard bytes.count <= bytesMax else { throw HeadRefusal(status: 431, why: "head is too large") }
            return nil
        }
        let text = String(decoding: bytes[blank..<end - 4], as: UTF8.self)
        buffer.consume(end)
        return try WireHead(text)
    }

    private static func endOfHead(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for position in bytes.startIndex...bytes.endIndex - 4
        where bytes[position] == 0x0D && bytes[position + 1] == 0x0A && bytes[position + 2] == 0x0D
            && bytes[position + 3] == 0x0A
        {
            return position + 4
        }
        return nil
    }

    private init(_ text: String) throws(HeadRefusal) {
        let malformed = HeadRefusal(status: 400, why: "malformed head")
        guard !text.utf8.contains(0) else { throw malformed }
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let start = lines.removeFirst().split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard start.count >= 2 else { throw malformed }
        startLine = start.map { String($0) }
        fields = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
                line[..<colon].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw malformed }
            fields.append(String(line[..<colon]), String(line[line.index(after: colon)...]).trimmingBlanks)
        }
        let version = startLine[0].hasPrefix("HTTP/") ? startLine[0] : startLine.last!
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            throw HeadRefusal(status: version.hasPrefix("HTTP/") ? 505 : 400, why: "not HTTP/1")
        }
        keepsAlive = version == "HTTP/1.1" && !fields.list("Connection").contains { $0.equalsIgnoringCase("close") }
        framing = try Self.framing(fields)
    }

    private static func framing(_ fields: HTTPFields) throws(HeadRefusal) -> BodyFraming {
        let lengths = fields.list("Content-Length")
        let codings = fields.list("Transfer-Encoding")
        if !codings.isEmpty {
            guard lengths.isEmpty else { throw HeadRefusal(status: 400, why: "two framings") }
            guard codings.count == 1, codings[0].equalsIgnoringCase("chunked") else {
                throw HeadRefusal(status: 501, why: "unknown transfer coding")
            }
            return .chunked
        }
        guard let first = lengths.first else { return .none }
        guard lengths.allSatisfy({ $0 == first }), first.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(first)
        else { throw HeadRefusal(status: 400, why: "wrong Content-Length") }
        return length == 0 ? .none : .length(length)
    }
}
