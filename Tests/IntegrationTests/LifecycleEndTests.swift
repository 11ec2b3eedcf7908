import EventLoop
import Glibc
import HTTPTransport
import Testing

@Suite("A proxy that ends", .timeLimit(.minutes(2)))
struct LifecycleEndTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("SIGTERM under load fails no request: each client is told that its connection ends", arguments: [1, 2])
    func underLoad(workers: Int) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            let flags = ["--workers", "\(workers)"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let scrapes = ScrapeLoop(of: proxy, every: .milliseconds(10))
                let load = SteadyLoad(on: proxy.inbound, host: "a", expecting: ["x"], keepAlive: 8, loop: loop)
                try await load.more(200)
                try await scrapes.stop()
                #expect(scrapes.failures == [] && scrapes.scrapes > 0)
                #expect(try await proxy.stop() == 0)
                // Every client has been told to close, and was refused when it came again.
                try await load.wait("the end of all clients") { load.refusals == 8 }
                #expect(load.failures == [])
                // More than once where it came to the other worker before that drained.
                #expect(load.closings >= 8)
                #expect(proxy.program.log.contains(" info drained\n"))
            }
        }
    }

    @Test("a request that is under way is answered while /ready says 503, and the answer ends the connection")
    func inFlight() async throws {
        try await onLoop { loop in
            let release = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await release.wait()
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
                try await connection.untilEnded()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.request)
                try await upstream.wait { $0.connectionCount == 1 }
                proxy.program.send(SIGTERM)
                try await proxy.program.until("it drains") {
                    try await proxy.program.get("/ready", at: proxy.admin).status == 503
                }
                #expect(try await proxy.program.get("/ready", at: proxy.admin).text == "draining\n")
                #expect(try await proxy.program.get("/live", at: proxy.admin).status == 200)
                #expect(try await proxy.metrics()("martlet_ready") == 0)
                // New connections are refused; the one that is open goes on.
                try await proxy.program.until("nobody listens") {
                    do {
                        _ = try await proxy.connect()
                        return false
                    } catch {
                        return true
                    }
                }
                release.give()
                let response = try await client.receiveResponse()
                #expect(response.text == "late" && response["connection"] == "close")
                #expect(try await client.receiveToEnd() == [])
                #expect(try await proxy.ended() == 0)
            }
        }
    }

    @Test("a connection that says nothing does not hold the end up, nor one that is busy beyond the drain time")
    func limits() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in try await connection.hang() }
            let flags = ["--drain-timeout", "3s"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let idle = try await proxy.connect()
                let busy = try await proxy.connect()
                try await busy.send(Self.request)
                try await upstream.wait { $0.connectionCount == 1 }
                #expect(try await proxy.stop() == 0)
                #expect(try await idle.receiveToEnd() == [])
                _ = try await busy.receiveToEnd()
                #expect(proxy.program.log.contains("drained; 1 connections were cut"))
            }
        }
    }

    @Test("a second signal ends it at once")
    func secondSignal() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in try await connection.hang() }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.request)
                try await upstream.wait { $0.connectionCount == 1 }
                proxy.program.send(SIGINT)
                try await proxy.program.until("it drains") {
                    try await proxy.program.get("/ready", at: proxy.admin).status == 503
                }
                #expect(try await proxy.stop(SIGTERM) == 1)
            }
        }
    }

    @Test("POST /shutdown ends it where that is allowed, and does nothing elsewhere")
    func shutdown() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let refused = try await proxy.program.post("/shutdown", at: proxy.admin)
                #expect(refused.status == 403)
                #expect(try await proxy.program.get("/shutdown", at: proxy.admin).status == 405)
                #expect(try await proxy.serves("x"))
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--allow-shutdown", "true"]) { proxy in
                let load = SteadyLoad(on: proxy.inbound, host: "a", expecting: ["x"], keepAlive: 4, loop: loop)
                try await load.more(20)
                let accepted = try await proxy.program.post("/shutdown", at: proxy.admin)
                #expect(accepted.status == 202)
                #expect(try await proxy.ended() == 0)
                try await load.wait("the end of all clients") { load.refusals == 4 }
                #expect(load.failures == [])
            }
        }
    }
}
