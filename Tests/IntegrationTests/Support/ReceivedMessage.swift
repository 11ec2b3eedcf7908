import EventLoop

/// A request or response as it came over a `RawConnection`, taken apart by a parser of the tests' own: it shares
/// nothing with the codec under test, and is as strict as these tests need.
struct ReceivedMessage: Sendable {
    let startLine: String
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []
    var trailers: [(name: String, value: String)] = []
    /// False when the peer ended before the framing said so.
    var isComplete = true
    /// How the body was framed.
    var framing = Framing.none

    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked, untilEnd
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    /// Of a response.
    var status: Int { Int(startLine.split(separator: " ", maxSplits: 2).dropFirst().first ?? "") ?? 0 }
    /// Of a request.
    var method: String { String(startLine.prefix { $0 != " " }) }
    var target: String { startLine.split(separator: " ").dropFirst().first.map { String($0) } ?? "" }

    /// Why the proxy made this response; nil when it comes from the upstream.
    var reason: String? { self["martlet-reason"] }

    /// The values of all lines with this name, joined.
    subscript(name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    init(head: String) {
        // CRLF is one Character of Swift.
        let lines = head.dropLast(2).split(separator: "\r\n", omittingEmptySubsequences: false)
        startLine = lines.first.map { String($0) } ?? ""
        fields = lines.dropFirst().map { Self.field($0) }
    }

    static func field(_ line: some StringProtocol) -> (name: String, value: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
        return (String(parts[0]), String(value))
    }

    /// RFC 9112 §6.3 for a message that may have a body.
    fileprivate func declaredFraming(absent: Framing) -> Framing {
        if self["transfer-encoding"]?.lowercased() == "chunked" { return .chunked }
        if let length = self["content-length"].flatMap({ Int($0) }) { return .length(length) }
        return absent
    }
}

extension RawConnection {
    /// Takes one whole request. - Throws: when the peer ends before the end of its head.
    func receiveRequest() async throws -> ReceivedMessage {
        var message = ReceivedMessage(head: try await receive(through: "\r\n\r\n"))
        message.framing = message.declaredFraming(absent: .none)
        try await receiveBody(of: &message)
        return message
    }

    /// Takes one response, interim ones included. - Throws: when the peer ends before the end of its head.
    func receiveResponse(to method: String = "GET") async throws -> ReceivedMessage {
        var message = ReceivedMessage(head: try await receive(through: "\r\n\r\n"))
        let isBodyless = method == "HEAD" || message.status < 200 || message.status == 204 || message.status == 304
        message.framing = isBodyless ? .none : message.declaredFraming(absent: .untilEnd)
        try await receiveBody(of: &message)
        return message
    }

    /// Sends a request and takes the response to it.
    func exchange(_ request: String) async throws -> ReceivedMessage {
        try await send(request)
        return try await receiveResponse(to: String(request.prefix { $0 != " " }))
    }

    private func receiveBody(of message: inout ReceivedMessage) async throws {
        switch message.framing {
        case .none: return
        case .length(let count):
            while pending.count < count, try await fill("a body of \(count) bytes") {}
            message.isComplete = pending.count >= count
            message.body = try await receive(min(count, pending.count))
        case .untilEnd:
            message.body = try await receiveToEnd()
            message.isComplete = ending == .finished
        case .chunked:
            message.isComplete = try await receiveChunks(of: &message)
        }
    }

    private func receiveChunks(of message: inout ReceivedMessage) async throws -> Bool {
        while true {
            guard let line = try await receiveLine(), let size = Int(line, radix: 16) else { return false }
            if size == 0 { return try await receiveTrailers(of: &message) }
            while pending.count < size + 2, try await fill("a chunk of \(size) bytes") {}
            guard pending.count >= size + 2 else { return false }
            let chunk = try await receive(size + 2)
            message.body += chunk.dropLast(2)
            guard chunk.suffix(2) == [13, 10] else { return false }
        }
    }

    private func receiveTrailers(of message: inout ReceivedMessage) async throws -> Bool {
        while let line = try await receiveLine() {
            if line.isEmpty { return true }
            message.trailers.append(ReceivedMessage.field(line))
        }
        return false
    }

    /// - Returns: nil when the peer ended before the end of the line.
    private func receiveLine() async throws -> String? {
        while pending.firstEnd(of: [13, 10]) == nil {
            guard try await fill("a line") else { return nil }
        }
        return String(try await receive(through: "\r\n").dropLast())
    }
}
