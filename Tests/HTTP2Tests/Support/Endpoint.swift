import Bytes
import HTTP
import HTTP2

func text(_ span: RawSpan) -> String { (0..<span.byteCount).map { span[$0] }.text }

/// What a stream brought, as values.
struct Message: Equatable {
    var head = ""
    var fields: [String] = []
    var interim: [String] = []
    var body: [UInt8] = []
    var trailers: [String] = []
    var isWhole = false
    var end: StreamEnd?
}

/// One side of a connection, driven by a test: keeps what came, and answers as `react` says.
final class Endpoint {
    var session: HTTP2Session
    /// By stream number.
    var messages: [Int32: Message] = [:]
    var handles: [Int32: StreamHandle] = [:]
    /// Everything that was told, with body bytes of one stream in one piece.
    var transcript: [String] = []
    var output: [UInt8] = []
    var now: UInt64 = 1_000_000_000
    var react: (Endpoint, HTTP2Event) -> Void = { _, _ in }
    /// Body bytes are consumed as they come; else the test does.
    var consumes = true
    /// Streams are released when they close; else the test does.
    var releases = true
    private var lastData: Int32?

    init(_ role: HTTP2Session.Role, limits: HTTP2Limits = HTTP2Limits(), acceptsExtendedConnect: Bool = false) {
        session = HTTP2Session(role, limits: limits, acceptsExtendedConnect: acceptsExtendedConnect, now: now)
    }

    /// Hands bytes over as they are given, and takes every event.
    func receive(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let piece = Array(bytes[offset...])
            let taken = session.receive(piece.rawBytes, now: now)
            precondition(taken > 0, "no progress")
            takeEvents(piece)
            offset += taken
        }
    }

    /// Everything that is to be sent, `limit` bytes at a time.
    func flush(limit: Int = 1 << 20) -> [UInt8] {
        var sent: [UInt8] = []
        while true {
            var buffer = ByteBuffer()
            session.send(into: &buffer, limit: limit, now: now)
            takeEvents([])
            if buffer.isEmpty { break }
            for offset in 0..<buffer.count { sent.append(buffer.bytes[offset]) }
        }
        output += sent
        return sent
    }

    /// Sends a request, written as HTTP/1.1.
    func request(
        _ text: String, _ forwarding: borrowing RequestForwarding = RequestForwarding(), body: String? = nil
    ) -> StreamHandle? {
        let head = RequestHead(text)
        guard let handle = session.sendRequest(head, forwarding) else { return nil }
        handles[handle.id] = handle
        if let body {
            session.write(handle, body.latin1.rawBytes)
            session.finish(handle)
        }
        return handle
    }

    /// Sends a response, written as HTTP/1.1.
    @discardableResult
    func respond(_ handle: StreamHandle, _ text: String, to method: HTTPMethod = .get, body: String? = nil) -> Bool {
        let head = ResponseHead(text, to: method)
        guard session.sendResponse(handle, head) == .sent else { return false }
        if let body {
            session.write(handle, body.latin1.rawBytes)
            session.finish(handle)
        }
        return true
    }

    @discardableResult
    func write(_ handle: StreamHandle, _ bytes: [UInt8]) -> Bool { session.write(handle, bytes.rawBytes) }

    func tick(at time: UInt64) {
        now = time
        session.tick(now: now)
        takeEvents([])
    }

    var sentFrames: [Frame] { Frame.all(in: output) }

    func takeEvents(_ bytes: [UInt8]) {
        while let event = session.nextEvent() {
            note(event, bytes)
            react(self, event)
            if case .closed(let handle, _) = event, releases { session.release(handle) }
        }
    }

    private func note(_ event: HTTP2Event, _ bytes: [UInt8]) {
        if case .data(let handle, let range) = event {
            let data = Array(bytes[range.range])
            messages[handle.id, default: Message()].body += data
            if lastData == handle.id, let last = transcript.popLast() {
                transcript.append(last + data.text)
            } else {
                transcript.append("data \(handle.id) \(data.text)")
            }
            lastData = handle.id
            if consumes { session.consumed(handle, data.count) }
            return
        }
        lastData = nil
        transcript.append(line(for: event))
    }

    private func line(for event: HTTP2Event) -> String {
        switch event {
        case .request(let handle, let slot):
            handles[handle.id] = handle
            var head = RequestHead()
            session.takeRequest(slot, into: &head)
            let start = "\(text(head[head.methodRange])) \(text(head[head.target.whole])) \(text(head[head.host]))"
            messages[handle.id] = Message(head: start, fields: Self.lines(head.fields, head.bytes))
            return "request \(handle.id) \(start) \(head.framing)"
        case .requestRefused(let handle, let error):
            handles[handle.id] = handle
            return "refused \(handle.id) \(error)"
        case .interim(let handle, let slot):
            var head = ResponseHead()
            session.takeResponse(slot, into: &head)
            messages[handle.id, default: Message()].interim.append("\(head.status)")
            return "interim \(handle.id) \(head.status)"
        case .response(let handle, let slot):
            var head = ResponseHead()
            session.takeResponse(slot, into: &head)
            messages[handle.id, default: Message()].head = "\(head.status)"
            messages[handle.id, default: Message()].fields = Self.lines(head.fields, head.bytes)
            return "response \(handle.id) \(head.status) \(head.framing)"
        case .trailers(let handle, let slot):
            var trailers = TrailerSection()
            session.takeTrailers(slot, into: &trailers)
            let lines = Self.lines(trailers.fields, trailers.bytes)
            messages[handle.id, default: Message()].trailers = lines
            return "trailers \(handle.id) \(lines.joined(separator: ", "))"
        case .end(let handle):
            messages[handle.id, default: Message()].isWhole = true
            return "end \(handle.id)"
        case .closed(let handle, let end):
            messages[handle.id, default: Message()].end = end
            return "closed \(handle.id) \(end)"
        case .data, .drained, .goAway, .settings, .pingAcknowledged, .failed: return "\(event)"
        }
    }

    static func lines(_ fields: FieldList, _ bytes: RawSpan) -> [String] {
        (0..<fields.count).map { index in
            let field = fields[index]
            let name = text(bytes.extracting(field.nameRange.range))
            return name + ": " + text(bytes.extracting(field.valueRange.range))
        }
    }
}

/// Carries bytes between two sessions until neither has more to say.
func exchange(_ one: Endpoint, _ other: Endpoint, limit: Int = 1 << 20) {
    while true {
        let there = one.flush(limit: limit)
        other.receive(there)
        let back = other.flush(limit: limit)
        one.receive(back)
        if there.isEmpty && back.isEmpty { return }
    }
}

extension RequestHead {
    init(_ text: String, limits: HTTPLimits = HTTPLimits()) {
        self.init()
        precondition(parse(text.latin1.rawBytes, limits: limits) == nil, "the test's own request is malformed")
    }
}

extension ResponseHead {
    init(_ text: String, to method: HTTPMethod = .get) {
        self.init()
        precondition(parse(text.latin1.rawBytes, for: method) == nil, "the test's own response is malformed")
    }
}
