/// Every bound of the event loop, with its unit and its reason.
public enum Limits {
    /// Events taken by one poll; more only means another poll.
    static let eventsPerPollMax = 256
    /// Connections accepted per wake-up: the ones already open get their turn in between.
    static let acceptsPerWakeMax = 16
    /// Batches that a listener still accepts when it ends: as many as its backlog holds.
    static let lastAcceptBatchesMax = Int(listenBacklog) / acceptsPerWakeMax + 1
    /// Pending connections the kernel keeps for a listener.
    static let listenBacklog: Int32 = 1024
    /// How long accepting rests after the process ran out of file descriptors or memory.
    static let acceptPauseNanoseconds: UInt64 = 100_000_000
    /// Closures waiting in a loop's mailbox; beyond it `submit` refuses.
    public static let mailboxClosuresMax = 65_536
    /// Bytes that one fill of a pipe asks for: what a pipe holds unless somebody has changed it (pipe(7)).
    static let pipeBytes = 65_536
}
