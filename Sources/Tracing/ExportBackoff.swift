/// When a batch that was not taken is sent again: exponential backoff with jitter, and an end.
struct ExportBackoff: ~Copyable {
    private let configuration: ExportConfiguration
    private var jitter: IDGenerator
    private var firstAttempt: UInt64 = 0
    private var interval: Double = 0

    init(configuration: ExportConfiguration, jitter: consuming IDGenerator) {
        self.configuration = configuration
        self.jitter = jitter
    }

    /// A new batch is sent for the first time.
    mutating func begin(at now: UInt64) {
        firstAttempt = now
        interval = Double(configuration.initialBackoffNanoseconds)
    }

    /// The moment of the next attempt, not before `minimumWait` has passed; `nil` to give up.
    mutating func next(after minimumWait: UInt64, at now: UInt64) -> UInt64? {
        // 53 random bits: uniform in 0 ..< 1, so the wait is the interval ± 50 %.
        let chance = Double(jitter.next() >> 11) * 0x1p-53
        let wait = UInt64(interval * (0.5 + chance))
        interval = min(
            interval * configuration.backoffFactor, Double(configuration.maximumBackoffNanoseconds))
        let moment = now + max(wait, minimumWait)
        return moment > firstAttempt + configuration.giveUpNanoseconds ? nil : moment
    }
}
