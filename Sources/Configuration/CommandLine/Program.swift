package import ArgumentParser
internal import Glibc

extension ParsableCommand {
    /// Parses the command line, runs the command and ends the process.
    ///
    /// What ends it early is one line on standard error: what, where, and what to do. Without the usage that
    /// ArgumentParser prints behind its own errors, so that the line is the last thing that a log or a terminal shows.
    package static func runAsProgram() -> Never {
        do {
            var command = try parseAsRoot()
            try command.run()
            Glibc.exit(EXIT_SUCCESS)
        } catch let errors as ConfigurationErrors {
            StandardError.write("\(errors)\n")
            Glibc.exit(EXIT_FAILURE)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            end(because: error)
        }
    }

    private static func end(because error: any Error) -> Never {
        let code = exitCode(for: error)
        if code.isSuccess { exit(withError: error) }
        let name = configuration.commandName ?? "\(Self.self)"
        let text = oneLine(message(for: error))
        let advice = code == .validationFailure ? "; see \(name) --help" : ""
        StandardError.write("\(name): \(text)\(advice)\n")
        Glibc.exit(code.rawValue)
    }

    /// The choices that ArgumentParser lists below each other stand in a row.
    private static func oneLine(_ message: String) -> String {
        var text = ""
        var isInList = false
        for line in message.split(whereSeparator: \.isNewline).map({ $0.drop(while: \.isWhitespace) }) {
            let isItem = line.hasPrefix("- ")
            if !text.isEmpty { text += isInList && isItem ? ", " : " " }
            text += isItem ? line.dropFirst(2) : line
            isInList = isItem
        }
        return text
    }
}

/// Standard error before and after a program serves, when nothing else writes there.
package enum StandardError {
    package static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(STDERR_FILENO, $0.baseAddress! + written, bytes.count - written)
            }
            guard count > 0 else { return }
            written += count
        }
    }
}
