import EventLoop
import Foundation
import Testing

@testable import Demo

@Suite("Programs that the demo starts", .timeLimit(.minutes(1)))
struct ChildProcessTests {
    /// The process ids that a child wrote, still alive or not.
    private func isAlive(_ identifier: pid_t) -> Bool { kill(identifier, 0) == 0 }

    private func waitForFile(_ path: String, _ loop: EventLoop) async -> String {
        while true {
            if let data = FileManager.default.contents(atPath: path), !data.isEmpty {
                return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            await loop.sleep(for: .milliseconds(10))
        }
    }

    private func shell(_ name: String, _ script: String) -> Command {
        Command(name: name, executable: "/bin/sh", arguments: ["-c", script], environment: ["DEMO": "yes"])
    }

    @Test("are ended when asked, killed when they do not listen, and none remains")
    func ending() async throws {
        let (alive, environment) = try await onLoop { loop in
            let folder = try TemporaryFolder()
            let group = ChildGroup(logFolder: folder.path, loop: loop, patience: .milliseconds(300))
            try group.start(shell("polite", "echo $$; exec sleep 60"))
            try group.start(shell("deaf", "trap '' TERM; echo $$ $DEMO; while true; do sleep 1; done"))
            let polite = await waitForFile("\(folder.path)/polite.log", loop)
            let deaf = await waitForFile("\(folder.path)/deaf.log", loop)
            await group.end()
            try folder.remove()
            let identifiers = [polite, deaf].compactMap { pid_t($0.split(separator: " ")[0]) }
            return (identifiers.map(isAlive), deaf.split(separator: " ").last.map { String($0) })
        }
        #expect(alive == [false, false])
        #expect(environment == "yes")
    }

    @Test("get no descriptor of ours")
    func descriptors() async throws {
        let said = try await onLoop { loop in
            let folder = try TemporaryFolder()
            let group = ChildGroup(logFolder: folder.path, loop: loop)
            let open = dup2(0, 200)
            try group.start(shell("curious", "[ -e /proc/$$/fd/200 ] && echo open || echo closed; exec sleep 60"))
            close(open)
            let said = await waitForFile("\(folder.path)/curious.log", loop)
            await group.end()
            try folder.remove()
            return said
        }
        #expect(said == "closed")
    }

    @Test("are missed when they end by themselves, with their last words")
    func missed() async throws {
        let message = try await onLoop { loop in
            let folder = try TemporaryFolder()
            let group = ChildGroup(logFolder: folder.path, loop: loop)
            try group.start(shell("short", "echo one; echo two >&2; exit 3"))
            var message = ""
            while message.isEmpty {
                do throws(DemoError) {
                    try group.checkAllRun()
                    await loop.sleep(for: .milliseconds(10))
                } catch {
                    message = "\(error)"
                }
            }
            await group.end()
            try folder.remove()
            return message
        }
        #expect(message == "short ended with status 3; its last words:\n  one\n  two")
    }

    @Test("that are not there are named")
    func notThere() async throws {
        let message = try await onLoop { loop in
            let folder = try TemporaryFolder()
            defer { try? folder.remove() }
            let child = ChildGroup(logFolder: folder.path, loop: loop)
            do throws(DemoError) {
                try child.start(Command(name: "ghost", executable: "/nowhere/ghost", arguments: []))
                while true {
                    try child.checkAllRun()
                    await loop.sleep(for: .milliseconds(10))
                }
            } catch {
                return "\(error)"
            }
        }
        #expect(message.hasPrefix("ghost ended with status") || message.hasPrefix("cannot start ghost"))
        #expect(message.contains("No such file or directory"))
    }
}

@Suite("The ports of the demo")
struct PortPlanTests {
    @Test("are all different")
    func different() {
        let ports = PortPlan { 20_000 + UInt16($0) }.named.map(\.address.port)
        #expect(Set(ports).count == PortPlan.count)
        #expect(ports.count == PortPlan.count)
    }

    @Test("a taken one is named, with what it was meant for and what to do")
    func taken() async throws {
        let message = try await onLoop { loop in
            let plan = try PortPlan.free(seed: Int(getpid()))
            let base = plan.prometheus.port
            let listener = try Listener(binding: plan.alertmanager, loop: loop, sharesPort: false)
            defer { listener.stop() }
            do throws(DemoError) {
                _ = try PortPlan.from(base: base)
                return "took it"
            } catch {
                return "\(error)".replacing("\(base + 1)", with: "PORT")
            }
        }
        #expect(
            message
                == "port PORT, meant for Alertmanager, cannot be used (listen on 127.0.0.1:PORT: Address already in "
                + "use); end what listens there, or choose another row of 36 ports: --port-base 19000, or make demo "
                + "ARGS='--port-base 19000'")
    }
}
