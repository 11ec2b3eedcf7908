import Foundation
import Testing

/// Debian's `openssl` program: the independent judge of what we make.
enum OpenSSLTool {
    struct Result {
        var status: Int32
        /// Standard output and standard error together.
        var bytes: [UInt8]
        var output: String { String(decoding: bytes, as: UTF8.self) }
    }

    static let path = URL(fileURLWithPath: "/usr/bin/openssl")

    /// A directory of its own that goes when `body` returns.
    static func withDirectory<T>(_ body: (URL) throws -> T) throws -> T {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "martlet-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        return try body(directory)
    }

    static func run(_ arguments: [String], input: [UInt8] = []) throws -> Result {
        let process = Process()
        process.executableURL = path
        process.arguments = arguments
        let feed = Pipe()
        let output = Pipe()
        process.standardInput = feed
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try feed.fileHandleForWriting.write(contentsOf: Data(input))
        try feed.fileHandleForWriting.close()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, bytes: Array(bytes))
    }

    /// Runs what must succeed, and returns what it said.
    @discardableResult
    static func output(_ arguments: [String], input: [UInt8] = []) throws -> String {
        String(decoding: try outputBytes(arguments, input: input), as: UTF8.self)
    }

    static func outputBytes(_ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        let result = try run(arguments, input: input)
        try #require(result.status == 0, "openssl \(arguments.joined(separator: " ")): \(result.output)")
        return result.bytes
    }
}

extension URL {
    /// Writes `bytes` as the file `name` of this directory and returns its path.
    @discardableResult
    func write(_ bytes: [UInt8], as name: String) throws -> String {
        let file = appendingPathComponent(name)
        try Data(bytes).write(to: file)
        return file.path
    }
}
