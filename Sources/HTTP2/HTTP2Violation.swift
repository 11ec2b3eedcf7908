/// Why we ended a connection. The word is the metric's label, the log's and the debug text of GOAWAY.
public enum HTTP2Violation: UInt8, CaseIterable, Sendable {
    case rapidReset, provokedResets, continuationFlood, settingsFlood, pingFlood, emptyFrameFlood
    case windowUpdateFlood, priorityFlood, unknownFrameFlood, goAwayFlood, headerListBomb, outboundOverflow
    case zeroWindowStall, slowHead, settingsTimeout, keepAliveTimeout

    public var word: StaticString {
        switch self {
        case .rapidReset: "rapid_reset"
        case .provokedResets: "provoked_resets"
        case .continuationFlood: "continuation_flood"
        case .settingsFlood: "settings_flood"
        case .pingFlood: "ping_flood"
        case .emptyFrameFlood: "empty_frame_flood"
        case .windowUpdateFlood: "window_update_flood"
        case .priorityFlood: "priority_flood"
        case .unknownFrameFlood: "unknown_frame_flood"
        case .goAwayFlood: "goaway_flood"
        case .headerListBomb: "header_list_bomb"
        case .outboundOverflow: "outbound_overflow"
        case .zeroWindowStall: "zero_window_stall"
        case .slowHead: "slow_head"
        case .settingsTimeout: "settings_timeout"
        case .keepAliveTimeout: "keep_alive_timeout"
        }
    }

    /// What GOAWAY says.
    public var code: HTTP2ErrorCode {
        switch self {
        case .settingsTimeout: .settingsTimeout
        case .keepAliveTimeout: .noError
        case .rapidReset, .provokedResets, .continuationFlood, .settingsFlood, .pingFlood, .emptyFrameFlood,
            .windowUpdateFlood, .priorityFlood, .unknownFrameFlood, .goAwayFlood, .headerListBomb, .outboundOverflow,
            .zeroWindowStall, .slowHead:
            .enhanceYourCalm
        }
    }
}

/// What happened on one connection that ended no more than a stream.
public struct HTTP2Counters: Sendable, Equatable {
    /// Requests refused because too many streams were open or their work not gone.
    public var refusedStreams: UInt64 = 0
    /// Heads too large or of too many fields.
    public var largeHeads: UInt64 = 0
    /// Heads, trailers and bodies that were malformed, other than those.
    public var malformedMessages: UInt64 = 0
    /// Streams that the peer reset.
    public var peerResets: UInt64 = 0
    /// Streams that we had to reset because of what the peer sent on them.
    public var provokedResets: UInt64 = 0
    /// Streams that were ended because their data did not move.
    public var stalledStreams: UInt64 = 0
    /// Frames of unknown types, ignored.
    public var unknownFrames: UInt64 = 0
    /// Heads on streams that are over, or lower than one that was used; ignored.
    public var lateHeads: UInt64 = 0
    public var framesReceived: UInt64 = 0
    public var dataFramesSent: UInt64 = 0

    public init() {}
}
