import CollectorBench
import EventLoop
import Foundation
import HTTPTransport
import Programs
import Testing

/// Runs `body` as a task of a fresh loop on its own thread and returns what it made.
func onLoop<Result: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Result) async throws -> Result {
    let loop = try EventLoop()
    let thread = try EventLoopThread(running: loop)
    let task = Task(executorPreference: loop) { try await body(loop) }
    let result = await task.result
    loop.stop()
    thread.join()
    return try result.get()
}

/// A directory that exists as long as the value does.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/collector-process-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("\(path) cannot be removed: \(error)")
        }
    }
}

/// The program under test, which `swift build --build-tests` puts beside the tests.
enum CollectorProgram {
    static func collector() throws -> String {
        var directory = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        // The tests' own executable is in the build directory or in a bundle inside of it.
        while directory.path != "/" {
            directory.deleteLastPathComponent()
            let candidate = directory.appending(path: "martlet-collector").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw BenchError("martlet-collector is not beside the tests; swift build --build-tests makes it")
    }

    /// Runs the collector until it ends by itself: its exit code and what it wrote on standard error.
    static func run(_ arguments: [String]) throws -> (code: Int32, errors: String) {
        var program = Program(path: try collector())
        program.keepsErrorsApart = true
        let result = try program.run(arguments)
        return (result.status, result.errors)
    }
}
