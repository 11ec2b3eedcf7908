import Glibc

/// Standard output and error, written at once.
enum Console {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    static func error(_ line: String) { write("martlet-demo: " + line + "\n", to: STDERR_FILENO) }

    /// Replaces what the terminal shows by `lines`: home, each line cleared to its end, the rest cleared.
    static func redraw(_ lines: [String]) {
        write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J", to: STDOUT_FILENO)
    }

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
                guard errno == EINTR || errno == EAGAIN else { return }
                continue
            }
            rest.removeFirst(count)
        }
    }
}
