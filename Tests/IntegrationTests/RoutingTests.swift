import EventLoop
import Testing

@Suite("What routes decide by, and what goes on", .timeLimit(.minutes(1)))
struct RoutingTests {
    @Test("L15 the route is chosen by the canonical path, and that path goes on")
    func canonical() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            try await ProxyProcess.run(
                loop, forwardingTo: upstream.address, ["--inbound-route", "admin=/admin/*"]
            ) { proxy in
                let client = try await proxy.connect()
                let targets = [
                    "/admin/x", "/open/%2e%2e/admin/x", "/./admin/x?q=%2e%2e", "/%61dmin/x", "/open/..%2fadmin",
                    "/admin%2fx", "//admin", "/open/a%zz", "http://a/open/../admin",
                ]
                for target in targets {
                    let response = try await client.exchange("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(response.status == 200)
                }
                #expect(
                    upstream.requests.map(\.target) == [
                        "/admin/x", "/admin/x", "/admin/x?q=%2e%2e", "/admin/x", "/open/..%2Fadmin", "/admin%2Fx",
                        "//admin", "/open/a%25zz", "/admin",
                    ])
                try await proxy.until("request_total", ["route": "admin"], is: 5)
                try await proxy.until("request_total", ["route": "default"], is: 4)
            }
        }
    }

    @Test("L15, V9 without routes no path is looked at, and it goes on as it came")
    func untouched() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let response = try await proxy.connect().exchange(
                    "GET /a/../%7Eb//c?d=%2E HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.status == 200)
                #expect(upstream.requests.map(\.target) == ["/a/../%7Eb//c?d=%2E"])
            }
        }
    }

    @Test("V11 what the mesh trusts is the proxy's own, in requests and in responses of the workload")
    func spoofed() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    let names = request.fields.map { $0.name.lowercased() }.sorted().joined(separator: " ")
                    let context = request["traceparent"] ?? ""
                    try await connection.send(
                        "HTTP/1.1 200 OK\r\nMartlet-Reason: spoofed\r\nNames: \(names)\r\nContext: \(context)\r\n"
                            + "Content-Length: 0\r\n\r\n")
                }
            }
            let targets = ["a": [upstream.address]]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, targets: targets) { proxy in
                let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
                let request = "GET / HTTP/1.1\r\nHost: a\r\nMartlet-Reason: spoofed\r\ntraceparent: \(parent)\r\n\r\n"
                let inbound = try await proxy.connect().exchange(request)
                #expect(inbound["names"] == "host traceparent via")
                #expect(inbound["context"]?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
                #expect(inbound["context"] != parent)
                #expect(inbound.reason == nil)
                let outbound = try await proxy.connectOutbound().exchange(request)
                #expect(outbound["names"] == "host traceparent via")
                #expect(outbound.reason == "spoofed")
            }
        }
    }
}
