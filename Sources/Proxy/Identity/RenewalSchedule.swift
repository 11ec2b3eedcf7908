/// When to ask the identity service again. It has neither a clock nor chance of its own.
struct RenewalSchedule {
    private var failures = 0
    /// Nanoseconds that the last certificate was valid for when it came.
    private var lifetime: UInt64?

    /// After a certificate came: at 70 % of its life, more or less, so that workloads that started together do not ask
    /// together for ever.
    /// - Parameters:
    ///   - lifetime: nanoseconds from now to the certificate's end.
    ///   - chance: from 0 to 1.
    /// - Returns: nanoseconds to wait.
    mutating func succeeded(lifetime: UInt64, chance: Double) -> UInt64 {
        failures = 0
        self.lifetime = lifetime
        let share = Limits.renewalShare + Limits.renewalJitter * (2 * chance - 1)
        return UInt64(Double(lifetime) * share)
    }

    /// After a failure: twice as long as after the one before, up to a bound that leaves several attempts before the end.
    mutating func failed(chance: Double) -> UInt64 {
        let bound = lifetime.map { min(Limits.renewalRetryNanosecondsMax, $0 / 20) } ?? Limits.joinRetryNanosecondsMax
        let least = Limits.renewalRetryNanosecondsMin
        let wait = min(max(bound, least), least << UInt64(min(failures, 16)))
        failures += 1
        return UInt64(Double(wait) * (0.5 + chance / 2))
    }
}
