/// Every bound of the data path that is not a setting, with its unit and its reason. Settings are in Configuration.
enum Limits {
    /// Capacity of an exchange's buffers at first: a head and a small body fit, and an idle exchange is cheap.
    static let bufferBytes = 16 * 1024
    /// What a buffer grows to when a body keeps filling it: fewer system calls per megabyte.
    static let streamingBufferBytes = 64 * 1024
    /// Bytes queued towards one peer before more is read from the other: the bound behind backpressure.
    static let outputPendingBytesMax = 64 * 1024
    /// Exchanges that a worker keeps for reuse (four buffers each).
    static let pooledExchangesMax = 64
    /// What a proxy may add to a head that it sends on: its trace context, Via, and whom and what it speaks for.
    static let addedHeadBytes = 1024
    static let addedFields = 8
    /// Interim responses forwarded for one request (conformance I1).
    static let interimResponsesMax = 32
    /// Connection attempts for one request, each to another endpoint.
    static let connectAttemptsMax = 3
    /// How long a client may take to say what it speaks, and to shake hands where that is TLS.
    static let handshakeNanosecondsMax: UInt64 = 10_000_000_000
    /// Handshakes at once, per worker and direction: each costs 0.2 ms of CPU and 50 KiB.
    static let handshakesMax = 1024
    /// Those that wait for their turn, each 6 KiB: far fewer than a worker gets done in the time that they have.
    static let handshakesWaitingMax = 4096
    /// Failed handshakes that a worker logs between two sweeps, that is per second: enough to see who it is.
    static let handshakeFailuresLoggedPerSweep = 10
    /// Client identities that a worker tells apart in its metrics; further ones are counted together. Each costs a series
    /// per route and family, and an outbound side has its callers in the tens.
    static let clientIdentitiesMax = 256
    /// How long a draining HTTP/2 connection waits for the answer to its ping before it names its last stream.
    static let http2DrainNanoseconds: UInt64 = 1_000_000_000
    /// How long an HTTP/2 connection keeps the memory of its streams when the last has ended: a connection that is used has
    /// shorter pauses, and one that is not holds what its busiest moment took.
    static let http2RestNanoseconds: UInt64 = 1_000_000_000
    /// Bytes looked at to tell a protocol by; the longest opening that must be seen whole has 24.
    static let peekedBytes = 64
    /// Rounds of one pump before the other tasks of the loop get their turn.
    static let pumpRoundsMax = 16
    /// Bytes and time that a refused client may still send so that it reads our answer instead of a reset.
    static let lingerBytesMax = 64 * 1024
    static let lingerNanosecondsMax: UInt64 = 1_000_000_000
    /// How often pools are swept for dead and idle connections.
    static let sweepInterval = Duration.seconds(1)
    /// The same while draining, so that the process ends soon after its last connection.
    static let drainPollInterval = Duration.milliseconds(20)
    /// Access log bytes that wait for the disk; beyond it lines are dropped and counted.
    static let accessLogPendingBytesMax = 8 << 20
    /// Access log bytes that a worker gathers before it hands them over (or once a second).
    static let accessLogChunkBytes = 16 * 1024
    /// How long an idle connection may still bring a request once draining has begun.
    static let drainIdleGrace = Duration.seconds(2)
    /// How long the files of an identity may take to change together, so that a new key meets its certificate.
    static let identitySettling = Duration.milliseconds(250)
    /// The share of a certificate's life after which it is renewed, and how far each proxy strays from it: a third of the
    /// life is left for an identity service that is away, and proxies that started together ask apart.
    static let renewalShare = 0.7
    static let renewalJitter = 0.05
    /// Between two requests to an identity service that fails; the second bound holds before the first certificate, when
    /// the workload waits.
    static let renewalRetryNanosecondsMin: UInt64 = 500_000_000
    static let renewalRetryNanosecondsMax: UInt64 = 60_000_000_000
    static let joinRetryNanosecondsMax: UInt64 = 15_000_000_000
    /// One request to the identity service, from connecting to its whole answer.
    static let identityRequest = Duration.seconds(10)
    /// Bytes of its answer; a chain of two and a bundle of ten have about 10 KB.
    static let identityAnswerBytesMax = 1 << 20
    /// How long the exporter gathers a batch beyond the second in which a worker hands its spans over.
    static let exportDelayNanoseconds: UInt64 = 200_000_000
    /// How long the end of the process waits for the collector to take the last spans.
    static let exportFlush = Duration.seconds(3)
    /// An idle tunnel or a half-closed one is ended after this.
    static let tunnelIdleNanosecondsMax: UInt64 = 3_600_000_000_000
    static let tunnelHalfClosedNanosecondsMax: UInt64 = 30_000_000_000
}
