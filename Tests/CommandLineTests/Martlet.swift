import Foundation
import Programs
import Testing

/// The program `martlet`, which is built into the folder of the test bundle, the running executable.
enum Martlet {
    static func run(_ arguments: [String]) throws -> Program.Result {
        var program = Program.own("martlet")
        program.keepsErrorsApart = true
        return try program.run(arguments)
    }

    /// Runs what must succeed, and returns what it said.
    @discardableResult
    static func output(_ arguments: [String]) throws -> String {
        let result = try run(arguments)
        try #require(result.status == 0, "\(arguments): \(result.errors)")
        #expect(result.errors == "")
        return result.output
    }

    static func withDirectory<T>(_ body: (String) throws -> T) throws -> T {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "martlet-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        return try body(directory.path)
    }
}
