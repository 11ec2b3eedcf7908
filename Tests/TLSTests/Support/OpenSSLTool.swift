import Foundation
import Programs
import Testing

/// Debian's `openssl` program: the independent judge of what we make.
enum OpenSSLTool {
    static let program = Program.system("openssl")

    /// A directory of its own that goes when `body` returns.
    static func withDirectory<T>(_ body: (URL) throws -> T) throws -> T {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "martlet-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        return try body(directory)
    }

    static func run(_ arguments: [String], input: [UInt8] = []) throws -> Program.Result {
        try program.run(arguments, input: input)
    }

    /// Runs what must succeed, and returns what it said.
    @discardableResult
    static func output(_ arguments: [String], input: [UInt8] = []) throws -> String {
        try program.output(arguments, input: input)
    }

    static func outputBytes(_ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        try program.succeeded(run(arguments, input: input), arguments).bytes
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
