import EventLoop
import Foundation
import Glibc
import HTTPTransport
import Testing

@testable import Demo

@Suite("A proxy that reloads", .timeLimit(.minutes(2)))
struct LifecycleReloadTests {
    /// A folder with a configuration file whose outbound side knows the target `a`.
    private struct Settings {
        let folder: TemporaryFolder
        let outbound = Loopback.freshAddress()
        var path: String { "\(folder.path)/settings.yaml" }

        init() throws { folder = try TemporaryFolder() }

        func text(_ endpoints: [ScriptedUpstream], more: String = "") -> String {
            let list = endpoints.map(\.address.description).joined(separator: ", ")
            return """
                outbound:
                  listen: \(outbound)
                  targets:
                    - name: a
                      endpoints: [\(list)]
                \(more)

                """
        }

        /// Writes a new file over the old one, as editors and deployments do.
        func replace(_ text: String) throws { try folder.write("settings.yaml", text) }

        /// Writes into the file that is there.
        func rewrite(_ text: String) throws {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
    }

    private static func success(_ proxy: ProxyProcess, _ count: Double) async throws {
        try await proxy.until("martlet_config_reloads_total", ["outcome": "success"], is: count)
    }

    @Test("a replaced file, a rewritten one and SIGHUP move the traffic, and no request fails")
    func underLoad() async throws {
        try await onLoop { loop in
            let settings = try Settings()
            let first = try ScriptedUpstream.answering("first", loop: loop)
            let second = try ScriptedUpstream.answering("second", loop: loop)
            try settings.replace(settings.text([first]))
            let flags = ["--config", settings.path, "--workers", "2"]
            try await ProxyProcess.run(loop, flags) { proxy in
                let scrapes = ScrapeLoop(of: proxy)
                let load = SteadyLoad(
                    on: settings.outbound, host: "a", expecting: ["first", "second"], keepAlive: 6, anew: 2, loop: loop)
                try await load.more(100)
                #expect(second.requests.isEmpty)

                try settings.replace(settings.text([second]))
                try await Self.success(proxy, 1)
                try await proxy.program.until("the first gets no more") {
                    let before = first.requests.count
                    try await load.more(50)
                    return first.requests.count == before
                }

                try settings.rewrite(settings.text([first, second]))
                try await Self.success(proxy, 2)
                let counts = (first.requests.count, second.requests.count)
                try await load.more(100)
                #expect(first.requests.count > counts.0 && second.requests.count > counts.1)

                // Nothing has changed, so this is no reload, and no failure.
                proxy.program.send(SIGHUP)
                try await load.more(50)
                for round in 1...5 {
                    try settings.replace(settings.text(round % 2 == 1 ? [first] : [second]))
                    proxy.program.send(SIGHUP)
                    try await Self.success(proxy, Double(2 + round))
                    try await load.more(20)
                }
                try await load.stop()
                #expect(load.failures == [])
                #expect(load.refusals == 0 && load.closings == 0)
                try await scrapes.stop()
                #expect(scrapes.failures == [] && scrapes.scrapes > 5)
                #expect(try await proxy.metrics()("martlet_config_last_reload_successful") == 1)
                #expect(try await proxy.metrics()("martlet_config_reloads_total", ["outcome": "failure"]) == 0)
            }
            try settings.folder.remove()
        }
    }

    @Test("new limits hold for the next message on every connection, also where one was carried with the old ones")
    func limits() async throws {
        try await onLoop { loop in
            let settings = try Settings()
            let filler = "X-Filler: \(String(repeating: "x", count: 4000))\r\n"
            let release = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    if request.target == "/slow" { try await release.wait() }
                    let filler = request.target == "/slow" ? "" : filler
                    try await connection.send("HTTP/1.1 200 OK\r\n\(filler)Content-Length: 2\r\n\r\nok")
                }
            }
            let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            let longRequest = "GET / HTTP/1.1\r\nHost: a\r\n\(filler)\r\n"
            try settings.replace(settings.text([upstream]))
            try await ProxyProcess.run(loop, ["--config", settings.path, "--workers", "1"]) { proxy in
                let client = try await RawConnection(to: settings.outbound, loop: loop)
                let other = try await RawConnection(to: settings.outbound, loop: loop)
                #expect(try await client.exchange(longRequest).status == 200)
                #expect(try await other.exchange(longRequest).status == 200)
                let pipelined = try await RawConnection(to: settings.outbound, loop: loop)
                try await pipelined.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + longRequest)
                try await proxy.until("requests_in_flight", is: 1)
                try settings.replace(settings.text([upstream], more: "limits:\n  headBytes: 2KiB"))
                try await Self.success(proxy, 1)
                release.give()
                #expect(try await pipelined.receiveResponse().status == 200)
                #expect(try await pipelined.receiveResponse().status == 431)
                #expect(try await client.exchange(longRequest).status == 431)
                #expect(try await other.exchange(request).status == 502)
                try settings.replace(settings.text([upstream]))
                try await Self.success(proxy, 2)
                let third = try await RawConnection(to: settings.outbound, loop: loop)
                #expect(try await third.exchange(longRequest).status == 200)
            }
            try settings.folder.remove()
        }
    }

    @Test("SIGHUP reads a file again that inotify does not see")
    func signal() async throws {
        try await onLoop { loop in
            let settings = try Settings()
            let hidden = try TemporaryFolder()
            let first = try ScriptedUpstream.answering("first", loop: loop)
            let second = try ScriptedUpstream.answering("second", loop: loop)
            try hidden.write("real.yaml", settings.text([first]))
            try FileManager.default.createSymbolicLink(
                atPath: settings.path, withDestinationPath: "\(hidden.path)/real.yaml")
            try await ProxyProcess.run(loop, ["--config", settings.path]) { proxy in
                let client = try await RawConnection(to: settings.outbound, loop: loop)
                let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
                #expect(try await client.exchange(request).text == "first")
                try hidden.write("real.yaml", settings.text([second]))
                #expect(try await client.exchange(request).text == "first")
                proxy.program.send(SIGHUP)
                try await Self.success(proxy, 1)
                try await proxy.program.until("the second answers") {
                    try await client.exchange(request).text == "second"
                }
            }
            try settings.folder.remove()
            try hidden.remove()
        }
    }

    @Test(
        "a bad file leaves the old configuration, says file, line and key, and is counted",
        arguments: [
            ("timeouts:\n  head: soon", ":7: timeouts.head: "), ("nonsense: 1", ":6: nonsense: "),
            ("workers: 2", "workers cannot change while running"), ("\t", ":6: not YAML"),
        ])
    func badFile(more: String, says: String) async throws {
        try await onLoop { loop in
            let settings = try Settings()
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            let other = try ScriptedUpstream.answering("never", loop: loop)
            try settings.replace(settings.text([upstream]))
            try await ProxyProcess.run(loop, ["--config", settings.path]) { proxy in
                let load = SteadyLoad(on: settings.outbound, host: "a", expecting: ["x"], keepAlive: 2, loop: loop)
                try await load.more(10)
                let version = try await proxy.program.get("/config", at: proxy.admin).text
                try settings.replace(settings.text([other], more: more))
                try await proxy.until("martlet_config_reloads_total", ["outcome": "failure"], is: 1)
                try await load.more(20)
                let metrics = try await proxy.metrics()
                #expect(metrics("martlet_config_last_reload_successful") == 0)
                #expect(metrics("martlet_config_reloads_total", ["outcome": "success"]) == 0)
                #expect(try await proxy.program.get("/config", at: proxy.admin).text == version)
                let errors = proxy.program.log.split(separator: "\n").filter { $0.contains(" error ") }
                #expect(errors.count == 2, "\(errors)")
                #expect(errors.first?.contains(says) == true, "\(errors)")
                #expect(errors.last?.contains("the running one stays") == true, "\(errors)")
                if says.hasPrefix(":") { #expect(errors.first?.contains(settings.path) == true, "\(errors)") }

                try settings.replace(settings.text([upstream], more: "timeouts:\n  head: 5s"))
                try await Self.success(proxy, 1)
                #expect(try await proxy.metrics()("martlet_config_last_reload_successful") == 1)
                try await load.stop()
                #expect(load.failures == [])
            }
            try settings.folder.remove()
        }
    }

    @Test("a file that is gone is an error that changes nothing")
    func missingFile() async throws {
        try await onLoop { loop in
            let settings = try Settings()
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            try settings.replace(settings.text([upstream]))
            try await ProxyProcess.run(loop, ["--config", settings.path]) { proxy in
                try FileManager.default.removeItem(atPath: settings.path)
                proxy.program.send(SIGHUP)
                // Once for the signal, and once more where the watch of the file had only just begun.
                try await proxy.program.until("the failure is counted") {
                    try await proxy.metrics()("martlet_config_reloads_total", ["outcome": "failure"]) >= 1
                }
                #expect(proxy.program.log.contains("\(settings.path): cannot be read: No such file or directory"))
                let client = try await RawConnection(to: settings.outbound, loop: loop)
                #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text == "x")
            }
            try settings.folder.remove()
        }
    }

    @Test("a request to an endpoint that a reload takes away is finished, and its connection then closed")
    func inFlight() async throws {
        try await onLoop { loop in
            let settings = try Settings()
            let release = Signal(loop: loop)
            let old = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await release.wait()
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold")
                try await connection.untilEnded()
            }
            let new = try ScriptedUpstream.answering("new", loop: loop)
            try settings.replace(settings.text([old]))
            try await ProxyProcess.run(loop, ["--config", settings.path]) { proxy in
                let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
                let slow = try await RawConnection(to: settings.outbound, loop: loop)
                try await slow.send(request)
                try await old.wait { $0.connectionCount == 1 }
                try settings.replace(settings.text([new]))
                try await Self.success(proxy, 1)
                let quick = try await RawConnection(to: settings.outbound, loop: loop)
                #expect(try await quick.exchange(request).text == "new")
                release.give()
                #expect(try await slow.receiveResponse().text == "old")
                try await old.wait { $0.endedCount == 1 }
                #expect(try await slow.exchange(request).text == "new")
                try await proxy.until("connections_open", ["peer": "upstream"], is: 1)
            }
            try settings.folder.remove()
        }
    }
}
