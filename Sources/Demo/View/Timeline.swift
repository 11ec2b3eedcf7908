import EventLoop

/// What has happened since the start, in order. On a terminal it stands below the tables; elsewhere it is printed as it
/// happens.
final class Timeline {
    private let start = MonotonicTime.now()
    private(set) var lines: [String] = []
    private let isPrinting: Bool

    /// Lines kept; the tables need the rest of the screen.
    static let linesMax = 24

    init(isPrinting: Bool) { self.isPrinting = isPrinting }

    var elapsedSeconds: Int { Int(MonotonicTime.now().nanoseconds(since: start) / 1_000_000_000) }

    func add(_ text: String) {
        let line = "\(clock)  \(text)"
        lines.append(line)
        if lines.count > Self.linesMax { lines.removeFirst(lines.count - Self.linesMax) }
        if isPrinting { Console.print(line) }
    }

    /// A line without a time, which belongs to the one before.
    func detail(_ text: String) {
        lines.append("       \(text)")
        if isPrinting { Console.print("       \(text)") }
    }

    var clock: String {
        let seconds = elapsedSeconds
        return "\(seconds / 60 < 10 ? "0" : "")\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    }
}
