package import Foundation

/// A program of the system, or one of ours, that a test runs to its end.
///
/// It reads from and writes to files, not pipes: no pipe fills up, none breaks, and no signal interrupts a read.
package struct Program: Sendable {
    package struct Result: Sendable {
        /// The exit code, or minus the signal that ended it.
        package let status: Int32
        /// Standard output; with standard error among it, unless that was kept apart.
        package let bytes: [UInt8]
        /// Standard error, where it was kept apart.
        package let errors: String

        package var output: String { String(decoding: bytes, as: UTF8.self) }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let path: String
    package var directory: URL?
    package var environment: [String: String]?
    package var keepsErrorsApart = false
    /// `timeout` ends it after this time, with status 124.
    package var limit = Duration.seconds(60)

    package init(path: String) { self.path = path }

    /// One of Debian's.
    package static func system(_ name: String) -> Program { Program(path: "/usr/bin/\(name)") }

    /// One of this package, which is built into the folder of the test bundle.
    package static func own(_ name: String) -> Program {
        let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return Program(path: bundle.appending(path: name).path)
    }

    /// Python of the environment that `scripts/bootstrap test` makes, for a script of the tests.
    package static var python: Program {
        // Not standardized: that would follow the link out of the environment.
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        var program = Program(path: root.deletingLastPathComponent().appending(path: ".build/peers/bin/python").path)
        program.environment = ["PATH": "/usr/bin:/bin", "NO_PROXY": "*"]
        program.keepsErrorsApart = true
        return program
    }

    /// - Parameter input: what it finds on its standard input, in whole.
    package func run(_ arguments: [String], input: [UInt8] = []) throws -> Result {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(description: "\(path) is missing; scripts/bootstrap test installs what the tests need")
        }
        let files = try ScratchFolder()
        let given = try files.write(input, as: "input")
        let output = try files.write([], as: "output")
        let errors = try files.write([], as: "errors")
        let place = directory.map { ["/usr/bin/env", "--chdir=\($0.path)"] } ?? []
        let child = try Child(
            ["/usr/bin/timeout", "\(limit.components.seconds)"] + place + [path] + arguments,
            environment: environment, input: FileHandle(forReadingFrom: given),
            output: FileHandle(forWritingTo: output),
            errors: keepsErrorsApart ? FileHandle(forWritingTo: errors) : nil)
        return Result(
            status: child.wait(), bytes: Array(try Data(contentsOf: output)),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    /// The same, on a thread of its own.
    package func runAside(_ arguments: [String], input: [UInt8] = []) async throws -> Result {
        try await withCheckedThrowingContinuation { done in
            Thread.detachNewThread { done.resume(with: Swift.Result { try run(arguments, input: input) }) }
        }
    }

    /// Runs what must succeed. - Returns: what it wrote on standard output.
    @discardableResult
    package func output(_ arguments: [String], input: [UInt8] = []) throws -> String {
        String(decoding: try succeeded(run(arguments, input: input), arguments).bytes, as: UTF8.self)
    }

    package func succeeded(_ result: Result, _ arguments: [String]) throws -> Result {
        guard result.status == 0 else {
            let words = ([path] + arguments).joined(separator: " ")
            throw Failure(description: "\(words) ended with \(result.status): \(result.output)\(result.errors)")
        }
        return result
    }
}
