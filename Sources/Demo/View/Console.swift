import Glibc
import Synchronization

/// Standard output and error, written at once.
enum Console {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Nobody reads the output any more: the reader of the pipe has ended, or the terminal is gone.
    static var isClosed: Bool { closed.load(ordering: .relaxed) }
    private static let closed = Atomic<Bool>(false)

    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    static func error(_ line: String) { write("martlet-demo: " + line + "\n", to: STDERR_FILENO) }

    /// Replaces what the terminal shows by `lines`: home, each line cleared to its end, the rest cleared. Nothing follows
    /// the last line, so that as many lines as the terminal has do not scroll it.
    static func redraw(_ lines: [ViewLine]) {
        let text = lines.map { $0.styled(isColored) + "\u{1B}[K" }.joined(separator: "\r\n")
        write("\u{1B}[H" + text + "\u{1B}[J", to: STDOUT_FILENO)
    }

    /// As https://no-color.org has it.
    private static let isColored = unsafe getenv("NO_COLOR").map { unsafe $0.pointee == 0 } ?? true

    /// Lines and columns of the terminal; what most have when it does not say.
    static var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return (24, 80)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    static func clear() { write("\u{1B}[2J\u{1B}[H", to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)
        while !rest.isEmpty {
            let count = unsafe Glibc.write(descriptor, rest, rest.count)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                if descriptor == STDOUT_FILENO { closed.store(true, ordering: .relaxed) }
                return
            }
            rest.removeFirst(count)
        }
    }
}
