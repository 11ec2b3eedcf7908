import HTTP
import HTTP2
import Testing

/// What became of raw bytes on a server's connection.
struct Outcome: Equatable {
    /// What was told, by stream; 0 is the connection.
    var told: [Int32: [String]] = [:]
    /// RST_STREAM frames that were sent, as `stream: code`.
    var resets: [String] = []
    /// The code of the GOAWAY that ended the connection.
    var goAway: UInt32?
    var failure: HTTP2Failure?
    var isOver = false
}

/// One row of the checklist as frames behind the preface and an empty SETTINGS.
struct Case<Expected: Sendable>: CustomTestStringConvertible, Sendable {
    let id: String
    let frames: [Frame]
    let expected: Expected

    init(_ id: String, _ frames: [Frame], _ expected: Expected) {
        self.id = id
        self.frames = frames
        self.expected = expected
    }

    var testDescription: String { id }
}

/// How a server must answer.
enum Reaction: Equatable, Sendable {
    case goAway(HTTP2ErrorCode)
    case reset(UInt32, HTTP2ErrorCode)
    case refused(HTTPError)
    case nothing
}

/// A server that answers every whole request with an empty 200, when `answers`.
func server(
    limits: HTTP2Limits = HTTP2Limits(), answers: Bool = false, acceptsExtendedConnect: Bool = false
) -> Endpoint {
    let endpoint = Endpoint(.server, limits: limits, acceptsExtendedConnect: acceptsExtendedConnect)
    guard answers else { return endpoint }
    endpoint.react = { endpoint, event in
        if case .end(let handle) = event { endpoint.respond(handle, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
    }
    return endpoint
}

/// Feeds the same bytes whole, cut in two at every position, and byte by byte; all must end the same.
///
/// - Parameter first: comes, and is answered, before.
func outcome(
    of bytes: [UInt8], after first: [UInt8] = [], location: SourceLocation = #_sourceLocation,
    _ make: () -> Endpoint = { server() }
) -> Outcome {
    let expected = run(bytes, cuts: [], first, make())
    // Long inputs repeat themselves: cutting them everywhere costs minutes and finds nothing more.
    let step = bytes.count <= 600 ? 1 : bytes.count / 40
    var cuts = stride(from: 1, to: bytes.count, by: step).map { [$0] }
    if bytes.count <= 4096 { cuts.append(Array(1..<max(bytes.count, 1))) }
    for cut in cuts {
        let outcome = run(bytes, cuts: cut, first, make())
        #expect(outcome == expected, "cut at \(cut.prefix(3)) of \(bytes.count)", sourceLocation: location)
        if outcome != expected { break }
    }
    return expected
}

func outcome(
    of frames: [Frame], location: SourceLocation = #_sourceLocation, _ make: () -> Endpoint = { server() }
) -> Outcome {
    outcome(of: opening(frames), location: location, make)
}

/// The preface, an empty SETTINGS, and these.
func opening(_ frames: [Frame]) -> [UInt8] { Frame.preface + ([.settings()] + frames).flatMap(\.bytes) }

private func run(_ bytes: [UInt8], cuts: [Int], _ first: [UInt8], _ endpoint: Endpoint) -> Outcome {
    endpoint.receive(first)
    _ = endpoint.flush()
    var start = 0
    for end in cuts + [bytes.count] where end > start {
        endpoint.receive(Array(bytes[start..<end]))
        _ = endpoint.flush()
        start = end
    }
    var outcome = Outcome()
    for line in endpoint.transcript where line != "settings" {
        let words = line.split(separator: " ", maxSplits: 2)
        let stream = words.count > 1 ? Int32(words[1]) ?? 0 : 0
        outcome.told[stream, default: []].append(line)
    }
    for frame in endpoint.sentFrames {
        guard let code = frame.code else { continue }
        if frame.kind == 3 { outcome.resets.append("\(frame.stream): \(code)") } else { outcome.goAway = code }
    }
    outcome.failure = endpoint.session.failure
    outcome.isOver = endpoint.session.isOver
    return outcome
}

extension Outcome {
    func expect(_ reaction: Reaction, location: SourceLocation = #_sourceLocation) {
        switch reaction {
        case .goAway(let code):
            #expect(goAway == code.rawValue, sourceLocation: location)
            #expect(isOver, sourceLocation: location)
        case .reset(let stream, let code):
            #expect(resets == ["\(stream): \(code.rawValue)"], sourceLocation: location)
            #expect(goAway == nil && failure == nil, sourceLocation: location)
        case .refused(let error):
            #expect(told[1]?.first == "refused 1 \(error)", sourceLocation: location)
            #expect(resets == [] && goAway == nil, sourceLocation: location)
        case .nothing:
            #expect(resets == [] && goAway == nil && failure == nil, sourceLocation: location)
        }
    }
}
