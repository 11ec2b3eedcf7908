import Programs

/// A program of the system that a test runs to its end, while its loop goes on.
enum Tool {
    /// - Parameter words: the program, with its path, and its arguments.
    static func run(_ words: [String]) async throws -> Program.Result {
        try await Program(path: words[0]).runAside(Array(words.dropFirst()))
    }

    /// Runs what must succeed. - Returns: what it said.
    @discardableResult
    static func output(_ words: [String]) async throws -> String {
        try Program(path: words[0]).succeeded(try await run(words), Array(words.dropFirst())).output
    }
}
