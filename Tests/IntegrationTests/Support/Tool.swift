import EventLoop
import Foundation

/// A program of the system that a test runs to its end.
enum Tool {
    struct Result: Sendable {
        let status: Int32
        /// Standard output and standard error, together.
        let output: String
    }

    /// - Parameter words: the program, with its path, and its arguments. It is ended after half a minute.
    static func run(_ words: [String]) async throws -> Result {
        try await withCheckedThrowingContinuation { done in
            Thread.detachNewThread {
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/timeout")
                process.arguments = ["30"] + words
                let output = Pipe()
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = output
                process.standardError = output
                do {
                    try process.run()
                    let said = try output.fileHandleForReading.readToEnd() ?? Data()
                    process.waitUntilExit()
                    done.resume(
                        returning: Result(
                            status: process.terminationStatus, output: String(decoding: said, as: UTF8.self)))
                } catch {
                    done.resume(throwing: error)
                }
            }
        }
    }

    /// Runs what must succeed. - Returns: what it said.
    @discardableResult
    static func output(_ words: [String]) async throws -> String {
        let result = try await run(words)
        guard result.status == 0 else {
            throw ProgramError("\(words.joined(separator: " ")) ended with \(result.status): \(result.output)")
        }
        return result.output
    }
}
