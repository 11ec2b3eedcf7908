import EventLoop
import Foundation
import HTTPTransport
import Testing

/// What applications send each other as HTTP/1.1 rides as streams between their sidecars.
@Suite("HTTP/1.1 over one connection of two sidecars", .timeLimit(.minutes(2)))
struct MultiplexingTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: cart\r\n\r\n"

    @Test("sixty-four clients share one connection, and each gets its own answer")
    func sharing() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    try await connection.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(request.target.utf8.count)\r\n\r\n\(request.target)")
                }
            }
            try await betweenSidecars(loop, service: service.address) { web, cart in
                var clients: [RawConnection] = []
                for _ in 0..<64 { clients.append(try await web.connectOutbound()) }
                for round in 0..<3 {
                    for (index, client) in clients.enumerated() {
                        try await client.send("GET /\(round)/\(index) HTTP/1.1\r\nHost: cart\r\n\r\n")
                    }
                    for (index, client) in clients.enumerated() {
                        #expect(try await client.receiveResponse().text == "/\(round)/\(index)")
                    }
                }
                try await web.until("tls_handshakes_total", ["direction": "outbound", "result": "done"], is: 1)
                try await cart.until("tls_handshakes_total", ["direction": "inbound", "result": "done"], is: 1)
                try await cart.until("connections_open", ["direction": "inbound", "peer": "client"], is: 1)
                try await cart.until("response_total", ["classification": "success"], is: 192)
            }
        }
    }

    @Test(
        "the service sees the request as HTTP/1.1 as it was sent, and the client the response",
        arguments: ["true", "false"])
    func transparent(via: String) async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                #expect(request.startLine == "POST /a?b=c HTTP/1.1")
                #expect(request["host"] == "cart")
                #expect(request["x-odd"] == "a  b")
                #expect(request["transfer-encoding"] == "chunked")
                #expect(request["martlet-orig-proto"] == nil)
                #expect(request.text == "hello world")
                try await connection.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: server-timing\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n"
                        + "3\r\nabc\r\n0\r\nServer-Timing: db;dur=5\r\n\r\n")
                try await connection.untilEnded()
            }
            try await betweenSidecars(loop, service: service.address, ofWeb: ["--via", via]) { web, _ in
                let client = try await web.connectOutbound()
                try await client.send(
                    "POST /a?b=c HTTP/1.1\r\nHost: cart\r\nX-Odd: a  b\r\nMartlet-Orig-Proto: forged\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                try await client.send("6\r\n world\r\n0\r\n\r\n")
                let response = try await client.receiveResponse()
                #expect(response.status == 200 && response.text == "abc")
                #expect(response["transfer-encoding"] == "chunked")
                #expect(service.failures == [])
            }
        }
    }

    @Test("a client of HTTP/1.0 gets its answer and the end of its connection")
    func oldClient() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
                try await connection.untilEnded()
            }
            try await betweenSidecars(loop, service: service.address) { web, _ in
                let client = try await web.connectOutbound()
                try await client.send("GET / HTTP/1.0\r\nHost: cart\r\n\r\n")
                let answer = String(decoding: try await client.receiveToEnd(), as: UTF8.self)
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\nabc"))
                #expect(!answer.lowercased().contains("chunked"))
            }
        }
    }

    @Test("100 Continue, HEAD and a response without a body keep their form")
    func forms() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                let first = try await connection.receive(through: "\r\n\r\n")
                #expect(first.lowercased().contains("expect: 100-continue"))
                try await connection.send("HTTP/1.1 100 Continue\r\n\r\n")
                #expect(try await connection.receive(5) == Array("hello".utf8))
                try await connection.send("HTTP/1.1 204 No Content\r\n\r\n")
                _ = try await connection.receiveRequest()
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")
                try await connection.untilEnded()
            }
            try await betweenSidecars(loop, service: service.address) { web, _ in
                let client = try await web.connectOutbound()
                try await client.send(
                    "PUT / HTTP/1.1\r\nHost: cart\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                #expect(try await client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue\r\n"))
                try await client.send("hello")
                #expect(try await client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 204 No Content\r\n"))
                try await client.send("HEAD / HTTP/1.1\r\nHost: cart\r\n\r\n")
                let head = try await client.receive(through: "\r\n\r\n").lowercased()
                #expect(head.contains("content-length: 1234"))
                #expect(service.failures == [])
            }
        }
    }

    @Test("an Upgrade still makes a tunnel, on a connection of its own")
    func upgrade() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                #expect(request["upgrade"] == "echo")
                try await connection.send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
                while try await connection.hasMore() {
                    try await connection.send(try await connection.receive(connection.pending.count))
                }
                try await connection.send("bye")
            }
            try await betweenSidecars(loop, service: service.address) { web, cart in
                let client = try await web.connectOutbound()
                let response = try await client.exchange(
                    "GET /up HTTP/1.1\r\nHost: cart\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly")
                #expect(response.status == 101 && response["upgrade"] == "echo")
                _ = try await client.receive(through: "early")
                client.finishSending()
                #expect(try await client.receiveToEnd() == Array("bye".utf8))
                try await cart.until("response_status_total", ["status_code": "101"], is: 1)
            }
        }
    }

    @Test("a service that does not read stops its client, in bounded memory, and nobody else")
    func backpressure() async throws {
        try await onLoop { loop in
            let release = Signal(loop: loop)
            let service = try ScriptedUpstream(loop: loop) { connection, index in
                if index == 0 {
                    _ = try await connection.receive(through: "\r\n\r\n")
                    try await release.wait()
                    #expect(try await connection.drain(64 << 20) == 64 << 20)
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
                } else {
                    _ = try await connection.receiveRequest()
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
                }
                try await connection.untilEnded()
            }
            try await betweenSidecars(loop, service: service.address) { web, cart in
                let big = try await web.connectOutbound()
                try await big.send("POST / HTTP/1.1\r\nHost: cart\r\nContent-Length: \(64 << 20)\r\n\r\n")
                let sent = try await big.pourUntilStuck(silence: .milliseconds(300))
                #expect(sent < 32 << 20)
                #expect(try await web.connectOutbound().exchange(Self.get).text == "x")
                for proxy in [web, cart] { #expect(try proxy.program.memoryKiB("VmHWM") < 64 * 1024) }
                release.give()
                #expect(try await big.pour((64 << 20) - sent))
                #expect(try await big.receiveResponse().text == "late")
            }
        }
    }

    @Test("a client that does not read stops its service, and gets everything in the end")
    func slowReader() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(64 << 20)\r\n\r\n")
                #expect(try await connection.pour(64 << 20))
                try await connection.untilEnded()
            }
            try await betweenSidecars(loop, service: service.address) { web, cart in
                let client = try await web.connectOutbound()
                try await client.send(Self.get)
                _ = try await client.receive(through: "\r\n\r\n")
                await loop.sleep(for: .milliseconds(300))
                for proxy in [web, cart] { #expect(try proxy.program.memoryKiB("VmHWM") < 64 * 1024) }
                #expect(try await client.drain(64 << 20) == 64 << 20)
            }
        }
    }

    @Test("a service that resets in the middle of a body takes its own client with it, and nobody else")
    func reset() async throws {
        try await onLoop { loop in
            let release = Signal(loop: loop)
            let service = try ScriptedUpstream(loop: loop) { connection, index in
                _ = try await connection.receiveRequest()
                if index == 0 {
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
                    try await release.wait()
                    return connection.reset()
                }
                while true {
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
                    _ = try await connection.receiveRequest()
                }
            }
            try await betweenSidecars(loop, service: service.address) { web, cart in
                let first = try await web.connectOutbound()
                try await first.send(Self.get)
                _ = try await first.receive(through: "half")
                let second = try await web.connectOutbound()
                #expect(try await second.exchange(Self.get).text == "x")
                release.give()
                #expect(try await first.receiveToEnd() == [])
                try await web.until("response_status_total", ["reason": "upstream_reset"], is: 1)
                try await cart.until("response_status_total", ["reason": "upstream_reset"], is: 1)
                #expect(try await second.exchange(Self.get).status == 200)
                try await web.until("tls_handshakes_total", ["direction": "outbound"], is: 1)
            }
        }
    }

    @Test("a client that goes away ends its request at the service")
    func clientGone() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.untilEnded()
            }
            try await betweenSidecars(loop, service: service.address) { web, cart in
                let client = try await web.connectOutbound()
                try await client.send(Self.get)
                try await service.wait { $0.connectionCount == 1 }
                client.reset()
                try await service.wait { $0.endedCount == 1 }
                try await web.until("response_status_total", ["reason": "client_closed"], is: 1)
                try await cart.until("response_status_total", ["reason": "client_closed"], is: 1)
            }
        }
    }

    @Test("a proxy that ends under load tells the other side, and no request fails", arguments: [false, true])
    func drains(mutualTLS: Bool) async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let ofCart = mutualTLS ? try mesh.flags("cart") : []
            let ofWeb =
                mutualTLS ? try mesh.flags("web") + ["--target-identity", "cart=\(mesh.id("cart"))"] : []
            let service = try ScriptedUpstream.answering("x", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address, ofCart) { first in
                try await ProxyProcess.run(loop, forwardingTo: service.address, ofCart) { second in
                    let targets = ["cart": [first.inbound, second.inbound]]
                    try await ProxyProcess.run(loop, targets: targets, ofWeb) { web in
                        let load = SteadyLoad(
                            on: web.outbound, host: "cart", expecting: ["x"], keepAlive: 8, loop: loop)
                        try await load.more(200)
                        #expect(try await first.stop() == 0)
                        try await load.more(200)
                        try await load.stop()
                        #expect(load.failures == [])
                    }
                }
            }
        }
    }
}
