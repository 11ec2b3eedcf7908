import Foundation
import Testing

/// Runs the programs of Debian's `prometheus` package that judge our output.
enum Tool {
    struct Result {
        var status: Int32
        var output: String
    }

    /// A file of its own, below a directory that goes when `body` returns.
    static func withDirectory<T>(_ body: (URL) async throws -> T) async throws -> T {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        return try await body(directory)
    }

    static func path(_ name: String) throws -> URL {
        let candidates = ["/usr/bin/", "/usr/local/bin/", "/bin/"].map { URL(fileURLWithPath: $0 + name) }
        let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "\(name) is missing: apt-get install prometheus")
    }

    /// Standard output and standard error together.
    static func run(_ name: String, _ arguments: [String], input: URL? = nil) throws -> Result {
        let process = Process()
        process.executableURL = try path(name)
        process.arguments = arguments
        if let input { process.standardInput = try FileHandle(forReadingFrom: input) }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}
