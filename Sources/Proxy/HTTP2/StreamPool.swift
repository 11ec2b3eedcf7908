import EventLoop
import HTTP
import HTTP2

/// The HTTP/2 connections of one worker to one endpoint. There is one, and another only while those that are there take no
/// further stream.
final class StreamPool {
    private var connections: [HTTP2Connection] = []
    private(set) var isOpening = false
    /// Requests that wait for the connection that is being opened.
    var waiting: [Waiter] = []
    /// Why the last attempt to open one failed; nil when it did not.
    private(set) var lastFailure: FailureReason?
    private(set) var isSpoken = true
    private var askAgain = MonotonicTime(nanoseconds: 0)

    /// How long an endpoint that chose HTTP/1.1 is not asked for HTTP/2 again.
    private static let notSpokenNanoseconds: UInt64 = 10_000_000_000

    /// - Parameter exceptReused: a connection that has carried streams will not do.
    /// - Returns: one that takes a stream now.
    func take(exceptReused: Bool) -> HTTP2Connection? {
        // By index: an iterator would hold on to the list.
        for index in 0..<connections.count {
            let connection = connections[index]
            if connection.takesStreams, !(exceptReused && connection.streamCount > 0) { return connection }
        }
        return nil
    }

    func openingBegan() {
        isOpening = true
        lastFailure = nil
    }

    func openingEnded(_ failure: FailureReason?) {
        isOpening = false
        lastFailure = failure
        capacityChanged()
    }

    func opened(_ connection: HTTP2Connection) {
        isSpoken = true
        connections = connections + [connection]
    }

    func notSpoken(now: MonotonicTime) {
        isSpoken = false
        askAgain = now.advanced(byNanoseconds: Self.notSpokenNanoseconds)
    }

    /// Who waits looks again.
    func capacityChanged() {
        let woken = waiting
        waiting.removeAll()
        for waiter in woken { waiter.wake() }
    }

    func closed(_ connection: HTTP2Connection) {
        connections = connections.filter { $0 !== connection }
        capacityChanged()
    }

    /// Ends connections that have had no stream for too long.
    func sweep(now: MonotonicTime, idleNanosecondsMax: UInt64) {
        if !isSpoken, now >= askAgain { isSpoken = true }
        for connection in connections where connection.isIdle {
            if now.nanoseconds(since: connection.idleSince) > idleNanosecondsMax { connection.drain() }
        }
    }

    /// No stream is opened any more; each connection ends with its last stream.
    func retire() {
        for connection in connections { connection.drain() }
    }
}
