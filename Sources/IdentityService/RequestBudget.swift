/// How many requests each client address may still send: a bucket each, that time fills again. No clock of its own.
struct RequestBudget {
    private struct Bucket {
        var tokens: Double
        var filled: UInt64
    }

    private let perSecond: Double
    private let burst: Double
    private var buckets: [String: Bucket] = [:]

    /// The bucket of the addresses for which the table has no room.
    private static let everyoneElse = ""

    init(perSecond: Int) {
        self.perSecond = Double(perSecond)
        burst = Double(perSecond * Limits.burstSeconds)
    }

    /// - Parameter now: monotonic nanoseconds.
    /// - Returns: false when the address has used its share up.
    mutating func take(_ address: String, now: UInt64) -> Bool {
        var key = address
        if buckets[key] == nil, buckets.count >= Limits.addressesMax {
            buckets = buckets.filter { refilled($0.value, now) < burst }
            if buckets.count >= Limits.addressesMax { key = Self.everyoneElse }
        }
        let tokens = buckets[key].map { refilled($0, now) } ?? burst
        let isAllowed = tokens >= 1
        buckets[key] = Bucket(tokens: isAllowed ? tokens - 1 : tokens, filled: now)
        return isAllowed
    }

    private func refilled(_ bucket: Bucket, _ now: UInt64) -> Double {
        min(burst, bucket.tokens + Double(now - min(now, bucket.filled)) / 1e9 * perSecond)
    }
}
