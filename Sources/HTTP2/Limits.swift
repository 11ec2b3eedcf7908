public import HTTP

/// Every bound of one HTTP/2 connection, with unit, default and reason. Each has a counter: `HTTP2Violation` for those that
/// end the connection, `HTTP2Counters` for those that end a stream or less.
public struct HTTP2Limits: Sendable {
    /// How resets of streams by the peer are judged (CVE-2023-44487).
    public enum ResetRule: Sendable, Equatable {
        /// So many at once, and so many per second after that.
        case bucket(burst: Int, perSecond: Int)
        /// Once `afterStreams` streams have ended, at most `percent` of them may have been reset within `youngNanoseconds` of
        /// their opening. For a connection that carries many clients, whose honest cancels add up.
        case share(afterStreams: Int, percent: Int, youngNanoseconds: UInt64)
    }

    // MARK: Streams and windows

    /// Streams that the peer may have open (SETTINGS_MAX_CONCURRENT_STREAMS). RFC 9113 §6.5.2 advises at least 100; a client
    /// that needs more is served better by a second connection.
    public var concurrentStreams = 100
    /// Streams that have ended on the wire while their work here has not: a reset must not make room for more work than
    /// `concurrentStreams` allows. Beyond it new streams are refused.
    public var lingeringStreams = 100
    /// Bytes that one stream may send before we consume (SETTINGS_INITIAL_WINDOW_SIZE). Small beside the connection's, so
    /// that it takes sixteen stalled readers to stall the connection; still 64 KiB per round trip for one stream.
    public var streamWindowBytes: Int32 = 64 * 1024
    /// Bytes that all streams together may send before we consume: what one connection can make us hold.
    public var connectionWindowBytes: Int32 = 1024 * 1024
    /// Remembers ended streams, so that a late frame on one is told from nonsense (RFC 9113 §5.1). A peer of ours needs no
    /// such lesson, and the memory is for as many streams as may be open.
    public var remembersClosedStreams = true

    // MARK: Heads

    /// Σ(name + value + 32) of one head, as SETTINGS_MAX_HEADER_LIST_SIZE counts it; more is 431. The number of fields and
    /// the bytes of names and start line are those of HTTP/1. Set it by `limitHeads`.
    public private(set) var head = HTTPLimits()
    /// Fields of one head, cookie crumbs included, from which on it is an attack (CVE-2026-47774) rather than a large head.
    public var bombFields = 1000
    /// The same for the list size in bytes.
    public var bombBytes = 256 * 1024
    /// CONTINUATION frames of one head (CVE-2024-28182). Four carry the largest head that we take.
    public var continuations = 8
    /// Bytes of one head as encoded.
    public var encodedHeadBytes = 64 * 1024
    /// Sends no head that is larger than the peer's SETTINGS_MAX_HEADER_LIST_SIZE. That is advice (RFC 9113 §6.5.2); but where
    /// many clients share the connection, one head that the peer takes for an attack would end all of their streams.
    public var heedsPeerHeads = false
    /// Heads and their bytes handed out by one `receive`, which then stops: what the caller must hold at once.
    public var headsPerReceive = 64
    public var headBytesPerReceive = 256 * 1024
    /// From the first frame of a head to its last. Set it by `limitHeads`.
    public private(set) var headNanoseconds: UInt64 = 10_000_000_000

    // MARK: Floods

    /// Streams that the peer resets, and, in the same measure, that it makes us reset (CVE-2025-8671).
    public var resets = ResetRule.bucket(burst: 200, perSecond: 33)
    /// PING frames (CVE-2019-9512): burst and per second. Each frame of DATA earns one, since gRPC probes the bandwidth so.
    public var pings = (burst: 1000, perSecond: 100)
    /// SETTINGS frames (CVE-2019-9515): burst and per second. Nobody has a reason to send more than a few.
    public var settings = (burst: 50, perSecond: 1)
    /// Frames that are ignored, because we do not know their type or their stream is over; but not without end.
    public var unknownFrames = (burst: 200, perSecond: 20)
    /// Frames in a row without payload and without an end (CVE-2019-9518).
    public var emptyFramesInRow = 1
    /// WINDOW_UPDATE frames: so many, two for every stream opened, and twenty for every DATA frame that we sent.
    public var windowUpdates = 5
    /// PRIORITY frames for every stream opened, and once more (CVE-2019-9513).
    public var prioritiesPerStream = 100
    /// GOAWAY frames of one connection: two for a graceful end, and some patience.
    public var goAways = 10
    /// Frames that wait to be sent because the peer reads nothing (CVE-2019-9517).
    public var outboundFrames = 10_000

    // MARK: Time

    /// From our SETTINGS to its acknowledgement (RFC 9113 §6.5.3).
    public var settingsNanoseconds: UInt64 = 10_000_000_000
    /// A stream with data to send must move `stallBytes` in this time (CVE-2019-9511): windows of one byte do not count as
    /// life. Streams end so; the connection does when its own window is shut or `stalledStreams` were reached.
    public var stallNanoseconds: UInt64 = 60_000_000_000
    public var stallBytes: UInt64 = 4096
    public var stalledStreams = 10
    /// Silence after which we ask by PING whether the peer lives; nil never asks. gRPC servers count pings more often than
    /// every five minutes without data as misbehaviour.
    public var keepAliveNanoseconds: UInt64?
    /// How long the answer may take.
    public var keepAliveTimeoutNanoseconds: UInt64 = 20_000_000_000

    // MARK: Bodies

    /// A stream whose unsent body falls to this is reported as drained to a caller who asked.
    public var drainedBytes = 16 * 1024
    /// Capacity that an ended stream's buffer keeps for the next one.
    public var keptBufferBytes = 16 * 1024

    public init() {}

    /// Takes `head`, and puts what counts as an attack well above it. That is never lowered: of a limit that has just become
    /// lower the peer does not know yet.
    /// - Parameter nanoseconds: from the first frame of a head to its last.
    public mutating func limitHeads(to head: HTTPLimits, within nanoseconds: UInt64) {
        self.head = head
        headNanoseconds = nanoseconds
        bombFields = max(bombFields, 2 * head.fields)
        bombBytes = max(bombBytes, 2 * head.headBytes)
        encodedHeadBytes = max(encodedHeadBytes, head.headBytes + 4 * 1024)
        continuations = max(continuations, head.headBytes / (8 * 1024))
    }

    /// For a peer that is one of our own proxies: one connection carries all clients of a workload.
    public static var meshPeer: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.concurrentStreams = 1000
        limits.lingeringStreams = 1000
        limits.remembersClosedStreams = false
        limits.heedsPeerHeads = true
        limits.resets = .share(afterStreams: 500, percent: 50, youngNanoseconds: 1_000_000_000)
        limits.stallNanoseconds = 300_000_000_000
        // Both ends are ours, and all of a workload's clients wait on the one connection: a half-open one must be found.
        limits.keepAliveNanoseconds = 30_000_000_000
        return limits
    }
}
