import EventLoop
import Testing

@Suite("Requests that the proxy refuses", .timeLimit(.minutes(1)))
struct RefusedRequestTests {
    @Test("E413 a body whose length is over the limit is refused before anything of it is sent on")
    func tooLarge() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("small", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--max-body-bytes", "10"]) { proxy in
                func post(_ count: Int) -> String {
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n"
                        + String(repeating: "x", count: count)
                }
                for (count, status) in [(9, 200), (10, 200), (11, 413)] {
                    let response = try await proxy.connect().exchange(post(count))
                    #expect(response.status == status)
                    #expect(response.reason == (status == 413 ? "body_too_large" : nil))
                }
                #expect(upstream.requests.count == 2)
                try await proxy.untilEnded(1, reason: "body_too_large", status: 413)
            }
        }
    }

    @Test("L10 a target that differs from Host wins, or gets 400 where the configuration says so")
    func hostMismatch() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("b", loop: loop)
            let request = "GET http://b/p HTTP/1.1\r\nHost: a\r\n\r\n"
            let targets = ["b": [upstream.address]]
            try await ProxyProcess.run(loop, targets: targets) { proxy in
                let response = try await proxy.connectOutbound().exchange(request)
                #expect(response.status == 200)
                #expect(upstream.requests.map { $0["host"] } == ["b"])
            }
            try await ProxyProcess.run(loop, targets: targets, ["--strict-host-mismatch", "true"]) { proxy in
                let response = try await proxy.connectOutbound().exchange(request)
                #expect(response.status == 400)
                #expect(response.reason == "bad_request")
                let same = request.replacing("Host: a", with: "Host: B")
                #expect(try await proxy.connectOutbound().exchange(same).status == 200)
            }
            #expect(upstream.requests.count == 2)
        }
    }

    @Test("a request that could not be read is logged without anything of the one before")
    func nothingOfOthers() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            let flags = ["--access-log", "json"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let secret = "GET /secret HTTP/1.1\r\nHost: secret\r\nUser-Agent: secret\r\nConnection: close\r\n\r\n"
                let answered = try await proxy.connect().exchange(secret)
                #expect(answered.status == 200)
                let refused = try await proxy.connect().exchange("\0")
                #expect(refused.status == 400)
                #expect(try await proxy.stop() == 0)
                let lines = proxy.program.log.split(separator: "\n").filter { $0.contains("\"status\"") }
                #expect(lines.count == 2)
                #expect(lines.filter { $0.contains("secret") }.count == 1)
            }
        }
    }
}
