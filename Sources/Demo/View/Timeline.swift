import EventLoop

/// What has happened since the start, in order. On a terminal it stands below the tables; elsewhere it is printed as it
/// happens.
final class Timeline {
    private let start = MonotonicTime.now()
    private(set) var lines: [ViewLine] = []
    private let isPrinting: Bool

    /// Lines kept; the tables need the rest of the screen.
    static let linesMax = 32

    init(isPrinting: Bool) { self.isPrinting = isPrinting }

    var elapsedSeconds: Int { Int(MonotonicTime.now().nanoseconds(since: start) / 1_000_000_000) }

    func add(_ text: String) { append(ViewLine(text: "\(clock)  \(text)")) }

    /// A line without a time, which belongs to the one before and may be left out.
    func detail(_ text: String) { append(ViewLine(text: "       \(text)", isExtra: true)) }

    /// A link that belongs to the line before. On a narrow screen it stands bare, since half a link is none.
    func link(_ label: String, _ address: String) {
        append(ViewLine(text: "       \(label)  \(address)", brief: address))
    }

    private func append(_ line: ViewLine) {
        lines.append(line)
        if lines.count > Self.linesMax { lines.removeFirst(lines.count - Self.linesMax) }
        if isPrinting { Console.print(line.text) }
    }

    var clock: String {
        let seconds = elapsedSeconds
        return "\(seconds / 60 < 10 ? "0" : "")\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    }
}
