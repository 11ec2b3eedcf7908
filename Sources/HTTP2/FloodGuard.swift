import HTTP

/// Judges frames by their headers, before anything else looks at them. Cheap for the peer and dear for us is what it
/// looks for: frames that make us answer, decode or wait (proxy-conformance §2.3).
struct FloodGuard: Sendable {
    private var limits: HTTP2Limits
    private var pings: TokenBucket
    private var settings: TokenBucket
    private var unknown: TokenBucket
    private var resets: TokenBucket?
    private var continuations = 0
    private var encodedBytes = 0
    private var emptyInRow = 0
    private var windowUpdates: UInt64 = 0
    private var priorities: UInt64 = 0
    private var goAways = 0
    /// The highest stream that the peer named in a head.
    private(set) var lastStream: UInt32 = 0
    /// Streams that either side opened.
    private var streamsOpened: UInt64 = 0
    private var endedStreams: UInt64 = 0
    private var youngResets: UInt64 = 0
    /// Since when a head is incomplete.
    private(set) var headBegan: UInt64?

    init(_ limits: HTTP2Limits) {
        self.limits = limits
        pings = TokenBucket(burst: limits.pings.burst, perSecond: limits.pings.perSecond)
        settings = TokenBucket(burst: limits.settings.burst, perSecond: limits.settings.perSecond)
        unknown = TokenBucket(burst: limits.unknownFrames.burst, perSecond: limits.unknownFrames.perSecond)
        if case .bucket(let burst, let perSecond) = limits.resets {
            resets = TokenBucket(burst: burst, perSecond: perSecond)
        }
    }

    mutating func limitHeads(to head: HTTPLimits, within nanoseconds: UInt64) {
        limits.limitHeads(to: head, within: nanoseconds)
    }

    /// - Returns: nil, or why the connection must end before this frame.
    mutating func admit(_ frame: FrameHeader, now: UInt64, counters: inout HTTP2Counters) -> HTTP2Violation? {
        counters.framesReceived += 1
        switch frame.kind {
        case FrameHeader.Kind.data:
            pings.earn()
            return admitPayload(frame, ends: frame.flags & FrameHeader.Flag.endStream != 0)
        case FrameHeader.Kind.headers: return admitHead(frame, now)
        case FrameHeader.Kind.continuation: return admitContinuation(frame)
        case FrameHeader.Kind.priority, FrameHeader.Kind.priorityUpdate:
            priorities += 1
            return priorities > UInt64(limits.prioritiesPerStream) * (1 + streamsOpened) ? .priorityFlood : nil
        case FrameHeader.Kind.settings:
            return frame.isAcknowledgement || settings.take(now: now) ? nil : .settingsFlood
        case FrameHeader.Kind.ping: return pings.take(now: now) ? nil : .pingFlood
        case FrameHeader.Kind.goAway:
            goAways += 1
            return goAways > limits.goAways ? .goAwayFlood : nil
        case FrameHeader.Kind.windowUpdate:
            windowUpdates += 1
            let allowed = UInt64(limits.windowUpdates) + 2 * (streamsOpened + 10 * counters.dataFramesSent)
            return windowUpdates > allowed ? .windowUpdateFlood : nil
        case FrameHeader.Kind.resetStream, FrameHeader.Kind.pushPromise: return nil
        default:
            counters.unknownFrames += 1
            return unknown.take(now: now) ? nil : .unknownFrameFlood
        }
    }

    /// A head that nobody waits for, as it comes when a stream was reset while its trailers were on the way. It is decoded
    /// all the same.
    mutating func admitLateHead(now: UInt64, counters: inout HTTP2Counters) -> HTTP2Violation? {
        counters.lateHeads += 1
        return unknown.take(now: now) ? nil : .unknownFrameFlood
    }

    private mutating func admitHead(_ frame: FrameHeader, _ now: UInt64) -> HTTP2Violation? {
        if frame.stream > lastStream {
            lastStream = frame.stream
            streamsOpened += 1
        }
        continuations = 0
        encodedBytes = frame.length
        let isWhole = frame.flags & FrameHeader.Flag.endHeaders != 0
        headBegan = isWhole ? nil : now
        return admitPayload(frame, ends: isWhole)
    }

    private mutating func admitContinuation(_ frame: FrameHeader) -> HTTP2Violation? {
        continuations += 1
        encodedBytes += frame.length
        let isWhole = frame.flags & FrameHeader.Flag.endHeaders != 0
        if isWhole { headBegan = nil }
        if continuations > limits.continuations || encodedBytes > limits.encodedHeadBytes { return .continuationFlood }
        return admitPayload(frame, ends: isWhole)
    }

    /// - Parameter ends: the frame ends something, so that it is not for nothing.
    private mutating func admitPayload(_ frame: FrameHeader, ends: Bool) -> HTTP2Violation? {
        guard frame.length == 0 && !ends else {
            emptyInRow = 0
            return nil
        }
        emptyInRow += 1
        return emptyInRow > limits.emptyFramesInRow ? .emptyFrameFlood : nil
    }

    /// We opened a stream.
    mutating func opened() { streamsOpened += 1 }

    /// The peer reset a stream.
    mutating func peerReset(age: UInt64, now: UInt64) -> HTTP2Violation? { reset(age, now) ? nil : .rapidReset }

    /// The peer made us reset a stream.
    mutating func provokedReset(age: UInt64, now: UInt64) -> HTTP2Violation? { reset(age, now) ? nil : .provokedResets }

    /// A stream ended, however.
    mutating func ended() { endedStreams += 1 }

    private mutating func reset(_ age: UInt64, _ now: UInt64) -> Bool {
        switch limits.resets {
        case .bucket: return resets?.take(now: now) ?? true
        case .share(let afterStreams, let percent, let young):
            if age <= young { youngResets += 1 }
            guard endedStreams >= UInt64(afterStreams) else { return true }
            return youngResets * 100 <= endedStreams * UInt64(percent)
        }
    }
}

extension FrameHeader {
    var isAcknowledgement: Bool { flags & Flag.acknowledgement != 0 }
}
