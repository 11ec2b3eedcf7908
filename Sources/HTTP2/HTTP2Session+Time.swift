import Bytes
import CNghttp2

/// What must happen in time. `tick` is called when `nextDeadline` has come, or more often.
extension HTTP2Session {
    /// Marks the pings that `tick` sends, so that their answers are not told.
    private static let keepAlivePayload: UInt64 = 0x6D61_7274_6C65_7401

    // MARK: PING

    /// Asks the peer for a sign of life; `pingAcknowledged` with the same number is the answer.
    public mutating func ping(_ payload: UInt64) {
        guard failure == nil, !isOver else { return }
        unsafe withUnsafeBytes(of: payload) { bytes in
            _ = unsafe nghttp2_submit_ping(library, 0, bytes.bindMemory(to: UInt8.self).baseAddress)
        }
    }

    mutating func pingAcknowledged(_ payload: UInt64) {
        if payload == Self.keepAlivePayload {
            keepAliveSentAt = nil
        } else {
            inbox.append(.pingAcknowledged(payload))
        }
    }

    // MARK: Deadlines

    /// When `tick` has something to judge; nil while there is nothing.
    public var nextDeadline: UInt64? {
        mutating get { earliestDeadline() }
    }

    private mutating func earliestDeadline() -> UInt64? {
        guard failure == nil, !isOver else { return nil }
        var next: UInt64?
        func consider(_ deadline: UInt64) { next = min(next ?? deadline, deadline) }
        if let settingsSentAt { consider(settingsSentAt + limits.settingsNanoseconds) }
        if let headBegan = guardian.headBegan { consider(headBegan + limits.headNanoseconds) }
        if let keepAliveSentAt {
            consider(keepAliveSentAt + limits.keepAliveTimeoutNanoseconds)
        } else if let interval = limits.keepAliveNanoseconds {
            consider(lastHeard + interval)
        }
        for slot in streams.slots where streams[slot].isWaitingToSend {
            consider(streams[slot].stallBegan + limits.stallNanoseconds)
        }
        return next
    }

    /// Judges what should have happened by now. Send and take the events afterwards.
    public mutating func tick(now: UInt64) {
        self.now = now
        guard failure == nil, !isOver else { return }
        if let settingsSentAt, now >= settingsSentAt + limits.settingsNanoseconds { return fail(.settingsTimeout) }
        if let began = guardian.headBegan, now >= began + limits.headNanoseconds { return fail(.slowHead) }
        judgeKeepAlive()
        judgeStalls()
        if let violation = pendingViolation { fail(violation) }
    }

    private mutating func judgeKeepAlive() {
        if let sentAt = keepAliveSentAt {
            // Any frame is a sign of life, but the answer is owed.
            if now >= sentAt + limits.keepAliveTimeoutNanoseconds { pendingViolation = .keepAliveTimeout }
        } else if let interval = limits.keepAliveNanoseconds, now >= lastHeard + interval {
            keepAliveSentAt = now
            ping(Self.keepAlivePayload)
        }
    }

    private mutating func judgeStalls() {
        for slot in streams.slots where streams[slot].hasStalled(now: now, limits) {
            counters.stalledStreams += 1
            stalledStreams += 1
            streams[slot].flags.insert(.stalled)
            streams[slot].discardBody()
            unsafe nghttp2_submit_rst_stream(
                library, 0, streams[slot].id, HTTP2ErrorCode.enhanceYourCalm.rawValue)
            let isConnectionShut = unsafe nghttp2_session_get_remote_window_size(library) <= 0
            if isConnectionShut || stalledStreams >= limits.stalledStreams { pendingViolation = .zeroWindowStall }
        }
    }
}
