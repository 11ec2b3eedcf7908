import HTTP2

extension HTTP2Connection {
    /// Adds what has happened since the last time to the worker's metrics.
    func report() {
        let counters = session.counters
        guard counters != reported else { return }
        let old = reported
        reported = counters
        func add(_ word: StaticString, _ field: KeyPath<HTTP2Counters, UInt64>) {
            worker.http2Counted(word, counters[keyPath: field] &- old[keyPath: field], direction, session.role)
        }
        add("refused", \.refusedStreams)
        add("head_too_large", \.largeHeads)
        add("malformed", \.malformedMessages)
        add("peer_reset", \.peerResets)
        add("provoked_reset", \.provokedResets)
        add("stalled", \.stalledStreams)
        add("unknown_frame", \.unknownFrames)
        add("late_head", \.lateHeads)
    }
}

extension HTTP2Failure {
    /// The value of the metric's `error` label.
    var word: String {
        switch self {
        case .violation(let violation): violation.word.description
        case .protocolError(let code): code.word.description
        case .badPreface: "bad_preface"
        case .library: "library"
        }
    }
}
