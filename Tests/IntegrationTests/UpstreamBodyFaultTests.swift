import EventLoop
import Testing

/// How an upstream frames the body that it breaks off.
enum BodyStyle: CaseIterable, Sendable {
    case length, chunked, untilClose

    /// A response of which `half` has been sent.
    var half: String {
        switch self {
        case .length: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
        case .chunked: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
        case .untilClose: "HTTP/1.1 200 OK\r\n\r\nhalf"
        }
    }
}

/// How it breaks off, once the client has what was sent before.
enum BreakOff: CaseIterable, Sendable {
    case closes, resets, hangs, spoils

    var reason: String {
        switch self {
        case .closes: "upstream_closed"
        case .resets: "upstream_reset"
        case .hangs: "response_timeout"
        case .spoils: "upstream_invalid_response"
        }
    }

    func perform(_ upstream: RawConnection) async throws {
        switch self {
        case .closes: upstream.close()
        case .resets: upstream.reset()
        case .hangs: try await upstream.untilEnded()
        case .spoils: try await upstream.send("0x4\r\nhalf\r\n0\r\n\r\n")
        }
    }
}

@Suite("Upstreams that fail within their body", .serialized, .timeLimit(.minutes(2)))
struct UpstreamBodyFaultTests {
    private static let cases = BodyStyle.allCases.flatMap { style in
        BreakOff.allCases.filter { breakOff in
            switch (style, breakOff) {
            // Their end, and any byte, is proper there.
            case (.untilClose, .closes), (.untilClose, .spoils), (.length, .spoils): false
            default: true
            }
        }.map { (style, $0) }
    }

    @Test(
        "The client sees that the body is cut short, keeps what came, and others are served", arguments: cases, [0, 1])
    func breakOff(fault: (style: BodyStyle, breakOff: BreakOff), versionMinor: Int) async throws {
        let (style, breakOff) = fault
        try await onLoop { loop in
            let clientHasHalf = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                _ = try await connection.receiveRequest()
                guard index == 0 else {
                    try await connection.send(BodyStyle.length.half + "half!!")
                    return try await connection.hang()
                }
                try await connection.send(style.half)
                try await clientHasHalf.wait()
                try await breakOff.perform(connection)
            }
            // Short only where it has to pass, since a busy machine may need the time for itself.
            let flags = ["--body-idle-timeout", breakOff == .hangs ? "250ms" : "1m"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let client = try await proxy.connect()
                try await client.send("GET / HTTP/1.\(versionMinor)\r\nHost: a\r\n\r\n")
                let head = ReceivedMessage(head: try await client.receive(through: "\r\n\r\n"))
                #expect(head.status == 200 && head.reason == nil)
                _ = try await client.receive(through: "half")
                clientHasHalf.give()
                let rest = String(decoding: try await client.receiveToEnd(), as: UTF8.self)
                #expect(rest == (head["transfer-encoding"] == nil ? "" : "\r\n"))
                // Without a length or chunks only a reset can tell that the body is not whole.
                let isFramed = head["transfer-encoding"] != nil || head["content-length"] != nil
                #expect(client.ending == (isFramed ? .finished : .reset))
                try await proxy.untilEnded(1, reason: breakOff.reason, status: 200)
                #expect(try await proxy.serves("halfhalf!!"))
                let metrics = try await proxy.metrics()
                #expect(metrics("response_total", ["classification": "failure"]) == 1)
                #expect(metrics("connections_open", ["peer": "upstream"]) == 1)
            }
        }
    }

    @Test("A body that ends with its connection becomes chunks, or ends with the connection for HTTP/1.0")
    func untilClose() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send("HTTP/1.1 200 OK\r\n\r\nhello")
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let response = try await proxy.connect().exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.framing == .chunked && response.isComplete && response.text == "hello")
                let old = try await proxy.connect().exchange("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
                #expect(old.framing == .untilEnd && old.isComplete && old.text == "hello")
                try await proxy.until("response_total", ["classification": "success"], is: 2)
            }
        }
    }
}
