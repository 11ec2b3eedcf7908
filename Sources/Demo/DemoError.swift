/// Why the demo does not run, in one line for the person who started it.
package enum DemoError: Error, CustomStringConvertible {
    /// It cannot start: a port, a program, a file.
    case start(String)
    /// A program that it started has ended.
    case childEnded(String)
    /// Something did not happen in time.
    case late(String)
    /// Ctrl-C, or SIGTERM.
    case interrupted

    package var description: String {
        switch self {
        case .start(let text), .childEnded(let text), .late(let text): text
        case .interrupted: "interrupted"
        }
    }
}
