/// So many at once, and so many per second after that.
struct TokenBucket: Sendable {
    private let burst: UInt64
    private let nanosecondsPerToken: UInt64
    private var tokens: UInt64
    private var refilledAt: UInt64 = 0

    init(burst: Int, perSecond: Int) {
        self.burst = UInt64(burst)
        nanosecondsPerToken = 1_000_000_000 / UInt64(max(perSecond, 1))
        tokens = self.burst
    }

    /// - Parameter now: monotonic, in nanoseconds.
    /// - Returns: whether there was a token.
    mutating func take(now: UInt64) -> Bool {
        if tokens == 0 { refill(now) }
        guard tokens > 0 else { return false }
        if tokens == burst { refilledAt = now }
        tokens -= 1
        return true
    }

    mutating func earn() { tokens = min(tokens + 1, burst) }

    /// Only an empty bucket is refilled: until then the clock need not be asked.
    private mutating func refill(_ now: UInt64) {
        guard now > refilledAt else { return }
        let earned = (now - refilledAt) / nanosecondsPerToken
        guard earned > 0 else { return }
        tokens = min(burst, tokens + earned)
        refilledAt = now
    }
}
