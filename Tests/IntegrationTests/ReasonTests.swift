import EventLoop
import Foundation
import Testing

@testable import Demo

/// Every failure that the proxy makes has one word: in the response, the metric, the access log and the span.
@Suite("The reason of a failure", .serialized, .timeLimit(.minutes(2)))
struct ReasonTests {
    /// A request that must fail.
    private struct Failing {
        let reason: String
        let status: Int
        var host = "faulty"
        var start = "GET /"
        var fields = ""
        var body = ""
        /// False when the response is not the proxy's, or there is none.
        var isAnswered = true
        /// A head that cannot be read has no trace.
        var hasSpan = true

        var path: String { start.split(separator: " ").last.map { String($0) } ?? "" }

        /// - Parameter via: what the proxy under test writes into Via.
        func bytes(traceID: String, via: String) -> String {
            "\(start) HTTP/1.1\r\nHost: \(host)\r\ntraceparent: 00-\(traceID)-00f067aa0ba902b7-01\r\n"
                + "\(fields.replacing(ownVia, with: via))\r\n\(body)"
        }
    }

    private static let ownVia = "(the proxy's own)"

    private static let failing = [
        Failing(reason: "connect_refused", status: 503, host: "gone"),
        Failing(reason: "connect_timeout", status: 504, host: "hole"),
        Failing(reason: "connect_failed", status: 503, host: "nowhere"),
        Failing(reason: "no_route", status: 404, host: "unknown"),
        Failing(reason: "upstream_reset", status: 502, start: "GET /reset"),
        Failing(reason: "upstream_closed", status: 502, start: "GET /close"),
        Failing(reason: "upstream_closed", status: 200, start: "GET /half", isAnswered: false),
        Failing(reason: "upstream_invalid_response", status: 502, start: "GET /garbage"),
        Failing(reason: "upstream_too_large", status: 502, start: "GET /large"),
        Failing(reason: "response_timeout", status: 504, start: "GET /hang"),
        Failing(reason: "client_timeout", status: 408, start: "POST /hang", fields: "Content-Length: 5\r\n", body: "x"),
        Failing(reason: "body_too_large", status: 413, start: "POST /hang", fields: "Content-Length: 2000\r\n"),
        Failing(reason: "loop_detected", status: 508, fields: "Via: \(ownVia)\r\n"),
        Failing(reason: "connect_forbidden", status: 405, host: "faulty:80", start: "CONNECT faulty:80"),
        Failing(reason: "expectation_failed", status: 417, fields: "Expect: wonders\r\n", hasSpan: false),
        Failing(reason: "bad_request", status: 400, fields: "Host: twice\r\n", hasSpan: false),
        Failing(reason: "not_implemented", status: 501, fields: "Transfer-Encoding: gzip, chunked\r\n", hasSpan: false),
        Failing(reason: "version_not_supported", status: 505, start: "GET / HTTP/2.0\r\nX:", hasSpan: false),
        Failing(
            reason: "uri_too_long", status: 414, start: "GET /\(String(repeating: "a", count: 9000))", hasSpan: false),
        Failing(
            reason: "head_too_large", status: 431, fields: "X: \(String(repeating: "x", count: 62_000))\r\n",
            hasSpan: false),
    ]

    private static func faulty(_ loop: EventLoop) throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            let head = ReceivedMessage(head: try await connection.receive(through: "\r\n\r\n"))
            switch head.target {
            case "/reset": connection.reset()
            case "/close": connection.close()
            case "/half": try await connection.send(BodyStyle.length.half)
            case "/garbage": try await connection.send("garbage\r\n\r\n")
            case "/large": try await connection.send("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 62_000))")
            case "/drip":
                // A body that always moves, so that only the request's own time ends it.
                while true { _ = try await connection.receive(1) }
            case "/hang": try await connection.untilEnded()
            case "/via":
                let via = head["via"] ?? ""
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(via.utf8.count)\r\n\r\n\(via)")
            default: try await connection.send(UpstreamReuseTests.hello)
            }
        }
    }

    private static func traceID(_ index: Int) -> String { String(format: "4bf92f3577b34da6a3ce929d%08x", index + 1) }

    @Test("is the same word in header, metric, log line and span")
    func everywhere() async throws {
        try await onLoop { loop in
            let folder = try TemporaryFolder()
            let logPath = "\(folder.path)/access.log"
            let hole = try await FullListener(loop: loop)
            let faulty = try Self.faulty(loop)
            let targets = [
                "gone": [Loopback.freshAddress()], "hole": [hole.address], "faulty": [faulty.address],
                "nowhere": [try #require(SocketAddress("255.255.255.255:80"))],
            ]
            try await CollectorProcess.run(loop, ["--joiner-idle", "100ms"]) { collector in
                let flags = [
                    "--collector", "http://\(collector.otlp)", "--sampling-rate", "0", "--access-log", "json",
                    "--access-log-path", logPath,
                    "--connect-timeout", "1s", "--response-timeout", "2s", "--body-idle-timeout", "2s",
                    "--max-body-bytes", "1000B",
                ]
                try await ProxyProcess.run(loop, targets: targets, flags) { proxy in
                    let good = try await proxy.connectOutbound().exchange("GET /via HTTP/1.1\r\nHost: faulty\r\n\r\n")
                    #expect(good.status == 200 && good.reason == nil)
                    for (index, request) in Self.failing.enumerated() {
                        let client = try await proxy.connectOutbound()
                        let bytes = request.bytes(traceID: Self.traceID(index), via: good.text)
                        let response = try await client.exchange(bytes)
                        #expect(response.status == request.status, "\(request.reason)")
                        #expect(response.reason == (request.isAnswered ? request.reason : nil))
                        #expect(response.isComplete == request.isAnswered)
                    }
                    try await proxy.until("response_total", is: Double(Self.failing.count + 1))
                    let metrics = try await proxy.metrics()
                    for request in Self.failing {
                        let labels = ["reason": request.reason, "status_code": "\(request.status)"]
                        #expect(metrics("response_status_total", labels) == 1, "\(labels)")
                    }
                    try await Self.checkLog(at: logPath, proxy)
                    try await Self.checkSpans(in: collector)
                }
            }
            try folder.remove()
        }
    }

    private static func checkLog(at path: String, _ proxy: ProxyProcess) async throws {
        var lines: [[String: Any]] = []
        try await proxy.program.until("the access log has every line") {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            // Else the last line is being written.
            guard text.hasSuffix("\n") else { return false }
            lines = try text.split(separator: "\n").compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            return lines.count == failing.count + 1
        }
        #expect(lines[0]["status"] as? Int == 200 && lines[0]["reason"] == nil)
        for (index, (line, request)) in zip(lines.dropFirst(), failing).enumerated() {
            #expect(line["reason"] as? String == request.reason)
            #expect(line["status"] as? Int == request.status)
            #expect(line["direction"] as? String == "outbound")
            #expect(line["trace_id"] as? String == (request.hasSpan ? traceID(index) : nil))
            if request.hasSpan { #expect(line["uri"] as? String == request.path) }
        }
    }

    private static func checkSpans(in collector: CollectorProcess) async throws {
        for (index, request) in failing.enumerated() where request.hasSpan {
            var tags: [String: Any] = [:]
            try await collector.program.until("the span of \(request.reason) is there") {
                let answer = try await collector.ask("/api/traces/\(traceID(index))") as? [String: Any]
                let trace = (answer?["data"] as? [[String: Any]])?.first
                guard let span = (trace?["spans"] as? [[String: Any]])?.first else { return false }
                for tag in span["tags"] as? [[String: Any]] ?? [] {
                    if let key = tag["key"] as? String { tags[key] = tag["value"] }
                }
                return true
            }
            #expect(tags["martlet.reason"] as? String == request.reason)
            #expect(tags["http.response.status_code"] as? Int == request.status)
        }
        // An export that was answered too late is made again, and its spans are counted as duplicates.
        let metrics = try await collector.metrics()
        let received = metrics("martlet_collector_spans_received_total")
        #expect(received - metrics("martlet_collector_spans_duplicate_total") == Double(failing.count { $0.hasSpan }))
    }

    @Test("request_timeout, overload and client_closed, which need company, have theirs")
    func needingCompany() async throws {
        try await onLoop { loop in
            let hole = try await FullListener(loop: loop)
            let faulty = try Self.faulty(loop)
            let targets = ["hole": [hole.address], "faulty": [faulty.address]]
            let flags = ["--connect-timeout", "1m", "--request-timeout", "500ms"]
            try await ProxyProcess.run(loop, targets: targets, flags) { proxy in
                let dripping = try await proxy.connectOutbound()
                try await dripping.send("POST /drip HTTP/1.1\r\nHost: faulty\r\nContent-Length: 1000\r\n\r\n")
                while dripping.isOpen, try await dripping.send("x") { await loop.sleep(for: .milliseconds(20)) }
                let late = try await dripping.receiveResponse()
                #expect(late.status == 504 && late.reason == "request_timeout")
                try await proxy.untilEnded(1, reason: "request_timeout", status: 504)

                // The time for the whole request holds while it waits for a connection, too.
                let unconnected = try await proxy.connectOutbound().exchange("GET / HTTP/1.1\r\nHost: hole\r\n\r\n")
                #expect(unconnected.status == 504 && unconnected.reason == "request_timeout")
                try await proxy.untilEnded(2, reason: "request_timeout", status: 504)
            }
            try await ProxyProcess.run(
                loop, targets: targets, ["--connect-timeout", "1m", "--max-pending", "1"]
            ) { proxy in
                let waiting = try await proxy.connectOutbound()
                try await waiting.send("GET / HTTP/1.1\r\nHost: hole\r\n\r\n")
                try await proxy.until("requests_in_flight", is: 1)
                let refused = try await proxy.connectOutbound().exchange("GET /hang HTTP/1.1\r\nHost: faulty\r\n\r\n")
                #expect(refused.status == 503 && refused.reason == "overload")
                waiting.reset()
                try await proxy.until("response_status_total", ["reason": "overload", "status_code": "503"], is: 1)
                try await proxy.until(
                    "response_status_total", ["reason": "client_closed", "status_code": "499"], is: 1)
                #expect(try await proxy.metrics()("connection_failures_total") == 0)
                try await proxy.until("requests_in_flight", is: 0)
            }
        }
    }

    @Test("stands at the end of a Common Log Format line, and a good request has none")
    func commonLog() async throws {
        try await onLoop { loop in
            let folder = try TemporaryFolder()
            let logPath = "\(folder.path)/access.log"
            let faulty = try Self.faulty(loop)
            let flags = ["--access-log", "common", "--access-log-path", logPath]
            try await ProxyProcess.run(loop, targets: ["faulty": [faulty.address]], flags) { proxy in
                let client = try await proxy.connectOutbound()
                let good = try await client.exchange("GET /ok?q=\"1\" HTTP/1.1\r\nHost: faulty\r\n\r\n")
                #expect(good.text == "hello")
                let bad = try await client.exchange("GET /close HTTP/1.0\r\nHost: faulty\r\n\r\n")
                #expect(bad.reason == "upstream_closed")
                var lines: [String] = []
                try await proxy.program.until("both lines are there") {
                    lines = try String(contentsOfFile: logPath, encoding: .utf8).split(separator: "\n").map {
                        String($0)
                    }
                    return lines.count == 2
                }
                let time = #/\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]/#
                let fixed = lines.map { $0.replacing(time, with: "[time]") }
                #expect(
                    fixed == [
                        #"127.0.0.1 - - [time] "GET /ok?q=\"1\" HTTP/1.1" 200 5 -"#,
                        #"127.0.0.1 - - [time] "GET /close HTTP/1.0" 502 0 upstream_closed"#,
                    ])
            }
            try folder.remove()
        }
    }
}
