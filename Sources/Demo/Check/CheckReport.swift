import EventLoop

/// Prints one line per assertion, and counts them.
final class CheckReport {
    private let start = MonotonicTime.now()
    private(set) var passed = 0
    private(set) var failed = 0

    var elapsedSeconds: Int { Int(MonotonicTime.now().nanoseconds(since: start) / 1_000_000_000) }

    /// - Parameter fault: why the assertion does not hold; nil when it does.
    func assert(_ sentence: String, fault: String?) {
        let time = String(repeating: " ", count: max(0, 3 - "\(elapsedSeconds)".count)) + "\(elapsedSeconds) s"
        if let fault {
            failed += 1
            Console.print("\(time)  FAILED  \(sentence): \(fault)")
        } else {
            passed += 1
            Console.print("\(time)  ok      \(sentence)")
        }
    }

    func assert(_ sentence: String, holds: Bool, otherwise fault: @autoclosure () -> String) {
        assert(sentence, fault: holds ? nil : fault())
    }

    func note(_ text: String) { Console.print("       \(text)") }
}
