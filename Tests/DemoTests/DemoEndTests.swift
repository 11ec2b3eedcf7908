import EventLoop
import Foundation
import Programs
import Testing

@testable import Demo

/// `martlet-demo run` as a process, with everything that it starts.
@Suite("A running demo", .timeLimit(.minutes(3)), .serialized)
struct DemoEndTests {
    private struct Demo {
        let process: Child
        let ports: PortPlan
        let scratch: URL
        let output: URL

        var text: String {
            FileManager.default.contents(atPath: output.path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }

        /// What still holds a port, runs, or lies in the folder of temporary files.
        func remains() throws -> [String] {
            let taken = ports.named.filter { _, address in
                do throws(SystemError) {
                    try Listener.checkFree(address)
                    return false
                } catch {
                    return true
                }
            }
            let folders = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
            return taken.map(\.name) + folders + Self.commandLines(with: scratch.path)
        }

        private static func commandLines(with path: String) -> [String] {
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return entries.filter { $0.allSatisfy(\.isNumber) }.compactMap { entry in
                let data = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") ?? Data()
                let line = String(decoding: data, as: UTF8.self).replacing("\0", with: " ")
                return line.contains(path) ? line : nil
            }
        }
    }

    private func start(_ loop: EventLoop) throws -> Demo {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-demo-test-\(UUID().uuidString)")
        let scratch = folder.appending(path: "tmp")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        let output = folder.appending(path: "output")
        #expect(FileManager.default.createFile(atPath: output.path, contents: nil))
        let ports = try PortPlan.free(seed: Int.random(in: 0..<300))
        let process = try Child(
            [Program.own("martlet-demo").path, "run", "--port-base", "\(ports.base)"],
            environment: ProcessInfo.processInfo.environment.merging(["TMPDIR": scratch.path]) { $1 },
            output: FileHandle(forWritingTo: output))
        return Demo(process: process, ports: ports, scratch: scratch, output: output)
    }

    @Test(
        "leaves no process, no port and no folder, however it is ended",
        arguments: [SIGINT, SIGHUP, SIGKILL])
    func ending(signal: Int32) async throws {
        let (text, found, remains) = try await onLoop { loop in
            let demo = try start(loop)
            while !demo.text.contains("load: "), demo.process.status == nil { await loop.sleep(for: .milliseconds(50)) }
            demo.process.send(signal)
            while demo.process.status == nil { await loop.sleep(for: .milliseconds(20)) }
            var remains = try demo.remains()
            let deadline = loop.now.advanced(by: .seconds(20))
            while !remains.isEmpty, signal == SIGKILL, loop.now < deadline {
                await loop.sleep(for: .milliseconds(50))
                remains = try demo.remains()
            }
            let text = demo.text
            try FileManager.default.removeItem(at: demo.scratch.deletingLastPathComponent())
            return (text, demo.process.wait(), remains)
        }
        #expect(text.contains("dashboards    grafana/dashboards"), "\(text)")
        #expect(found == (signal == SIGKILL ? -SIGKILL : 0), "\(text)")
        #expect(remains == [])
    }
}
