import Foundation
import Programs
import Testing

/// Runs the programs of Debian's `prometheus` package that judge our output.
enum Tool {
    /// A file of its own, below a directory that goes when `body` returns.
    static func withDirectory<T>(_ body: (URL) async throws -> T) async throws -> T {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        return try await body(directory)
    }

    /// Standard output and standard error together.
    static func run(_ name: String, _ arguments: [String], input: URL? = nil) throws -> Program.Result {
        try Program.system(name).run(arguments, input: try input.map { Array(try Data(contentsOf: $0)) } ?? [])
    }
}
