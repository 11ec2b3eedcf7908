import Bytes
import Foundation
import HTTP
import HTTP2
import Programs
import Synchronization
import Testing

/// Implementations that know nothing of ours: hyper's h2 in Python, and nghttp2's own client and load generator.
@Suite("Other implementations", .serialized)
struct InteropTests {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

    private static func script(_ name: String) -> String { tests.appending(path: "Interop/\(name)").path }

    private func tool(_ name: String, _ arguments: String...) throws -> String {
        try Program.system(name).output(arguments)
    }

    // MARK: Clients

    @Test("h2 as a client is served: bodies, trailers, streams at once, resets, PING, windows, a graceful end")
    func pythonClient() throws {
        let server = SocketServer()
        defer { server.stop() }
        let output = try Program.python.output([Self.script("client.py"), "\(server.port)"])
        let results = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? NSDictionary)
        let expected: NSDictionary = [
            "hello": ["200", "martlet", "hello"],
            "settings": ["streams": 100, "window": 65536, "list": 61440, "connect": 1, "connection": 1_048_576],
            "echo": [true, ["x-bytes": "307200"]], "trailers": ["abc", ["x-bytes": "3"]], "many": 60,
            "hints": [["103"], "hello"], "reset": 2, "after cancel": "hello", "ping": ["12345678"],
            "drain": ["hello", 70_000, true], "narrow": 300,
        ]
        #expect(results == expected)
        #expect(server.failures.withLock { $0 } == [])
    }

    @Test("nghttp is served")
    func nghttp() throws {
        let server = SocketServer()
        defer { server.stop() }
        let origin = "http://127.0.0.1:\(server.port)"
        #expect(try tool("nghttp", "\(origin)/hello") == "hello")
        #expect(try tool("nghttp", "\(origin)/size/200000").utf8.count == 200_000)
        let body = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        try Data(repeating: 0x61, count: 150_000).write(to: body)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: body) } }
        let echo = try tool("nghttp", "-v", "-d", body.path, "--trailer", "x-sum: 1", "\(origin)/echo")
        #expect(echo.contains("x-bytes: 150000"))
        #expect(
            !echo.contains(
                "GOAWAY frame <length=8, flags=0x00, stream_id=0>\n          (last_stream_id=0, error_code=PROTOCOL_ERROR"
            ))
        #expect(try tool("nghttp", "-n", "-m", "50", "-s", "\(origin)/hello").contains("200"))
        #expect(server.failures.withLock { $0 } == [])
    }

    @Test("h2load makes 20,000 requests without a failure")
    func h2load() throws {
        let server = SocketServer()
        defer { server.stop() }
        let output = try tool("h2load", "-n", "20000", "-c", "4", "-m", "32", "http://127.0.0.1:\(server.port)/hello")
        #expect(
            output.contains(
                "requests: 20000 total, 20000 started, 20000 done, 20000 succeeded, 0 failed, 0 errored, 0 timeout"))
        #expect(output.contains("status codes: 20000 2xx, 0 3xx, 0 4xx, 0 5xx"))
        #expect(server.failures.withLock { $0 } == [])
    }

    // MARK: A server

    /// - Returns: the server of `h2`, and its port, which it prints.
    private static func startServer() throws -> (Child, port: UInt16) {
        let output = Pipe()
        let server = try Child(
            [Program.python.path, script("server.py")], environment: Program.python.environment,
            output: output.fileHandleForWriting, errors: .standardError)
        // Otherwise the read below would not end when the server does.
        try output.fileHandleForWriting.close()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        return (server, try #require(UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines))))
    }

    private final class Answers {
        var messages: [Int32: Message] = [:]
        var away: HTTP2Event?
        var head = ResponseHead()
        var trailers = TrailerSection()
    }

    private func take(
        _ event: HTTP2Event, _ bytes: borrowing ByteBuffer, _ session: inout HTTP2Session, _ answers: Answers
    ) {
        switch event {
        case .interim(let handle, let slot):
            session.takeResponse(slot, into: &answers.head)
            answers.messages[handle.id, default: Message()].interim.append("\(answers.head.status)")
        case .response(let handle, let slot):
            session.takeResponse(slot, into: &answers.head)
            answers.messages[handle.id, default: Message()].head = "\(answers.head.status)"
        case .trailers(let handle, let slot):
            session.takeTrailers(slot, into: &answers.trailers)
            answers.messages[handle.id]?.trailers = Endpoint.lines(answers.trailers.fields, answers.trailers.bytes)
        case .data(let handle, let range):
            for offset in range.range { answers.messages[handle.id]?.body.append(bytes.bytes[offset]) }
            session.consumed(handle, Int(range.count))
        case .end(let handle): answers.messages[handle.id]?.isWhole = true
        case .closed(let handle, let end):
            answers.messages[handle.id, default: Message()].end = end
            session.release(handle)
        case .goAway: answers.away = event
        case .failed(let failure): Issue.record("\(failure)")
        case .request, .requestRefused, .drained, .settings, .pingAcknowledged: break
        }
    }

    @Test("h2 as a server serves us: bodies, trailers, interim responses, a reset, GOAWAY")
    func pythonServer() throws {
        let (server, port) = try Self.startServer()
        defer { server.wait() }
        let connection = SocketConnection(.client, socket: try #require(Loopback.connect(port)))
        let answers = Answers()
        func send(_ path: String, body: [UInt8]? = nil) throws {
            let method: HTTPMethod = body == nil ? .get : .post
            let path = path.latin1
            let handle = connection.session.sendRequest(method, hasBody: body != nil) {
                $0.request(
                    method == .get ? "GET" : "POST", scheme: .http, authority: "test".latin1.rawBytes,
                    path: path.rawBytes)
            }
            guard let body else { return }
            connection.session.write(try #require(handle), body.rawBytes)
            connection.session.finish(try #require(handle))
        }
        let body = (0..<400_000).map { UInt8(truncatingIfNeeded: $0) }
        for path in ["/hello", "/trailers", "/hints", "/reset"] { try send(path) }
        try send("/echo", body: body)
        func closed() -> Int { answers.messages.values.count { $0.end != nil } }
        connection.run { event, bytes in
            take(event, bytes, &connection.session, answers)
        } until: {
            closed() == 5
        }
        #expect(answers.messages[1]?.body.text == "/hello")
        #expect(answers.messages[3]?.trailers == ["grpc-status: 0", "x-bin: AA"])
        #expect(answers.messages[5]?.interim == ["103"])
        #expect(answers.messages[5]?.body.text == "/hints")
        #expect(answers.messages[7]?.end == .reset(.enhanceYourCalm))
        #expect(answers.messages[9]?.body == body)
        #expect([1, 3, 5, 9].allSatisfy { answers.messages[$0]?.end == .complete })
    }

    @Test("h2 as a server goes away: what it had is answered")
    func pythonServerGoesAway() throws {
        let (server, port) = try Self.startServer()
        defer { server.wait() }
        let connection = SocketConnection(.client, socket: try #require(Loopback.connect(port)))
        let answers = Answers()
        let head = RequestHead("GET /away HTTP/1.1\r\nHost: test\r\n\r\n")
        let handle = connection.session.sendRequest(head)
        #expect(handle?.id == 1)
        connection.run { event, bytes in take(event, bytes, &connection.session, answers) }
        #expect(answers.messages[1]?.body.text == "/away")
        #expect(answers.messages[1]?.end == .complete)
        #expect(answers.away == .goAway(last: 1, .noError))
        let mayRequest = connection.session.canSendRequest
        let isOver = connection.session.isOver
        #expect(!mayRequest && isOver)
    }
}
