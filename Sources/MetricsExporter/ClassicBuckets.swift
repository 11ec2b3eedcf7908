/// The classic histogram buckets that the text formats show: every half power of two from 2^-11 s (0.49 ms) to 2^4 s,
/// and +Inf. Each is exactly a boundary of the exponential scale, so a classic bucket is a sum of whole slots.
package enum ClassicBuckets {
    /// Buckets including +Inf.
    package static let count = 32
    /// Native index of 2^-11 s. One half power of two is four native buckets.
    private static let firstIndex = -88

    /// Seconds. Correctly rounded: a half power is √2, which the hardware rounds correctly, times a power of two.
    package static let upperBounds: [Double] =
        (0..<(count - 1)).map { position in
            let halfPowers = position - 22
            let octave = halfPowers >> 1
            let mantissa = halfPowers & 1 == 0 ? 1 : 2.0.squareRoot()
            return Double(sign: .plus, exponent: octave, significand: mantissa)
        } + [.infinity]

    /// The last slot that counts into each bucket.
    static let lastSlots: [Int] =
        (0..<(count - 1)).map { firstIndex + 4 * $0 + ExponentialScale.indexOffset }
        + [ExponentialScale.overrangeSlot]

    /// What follows `le="` on a bucket's line. The numbers are canonical as OpenMetrics wants them ("1.0", not "1") in
    /// text 0.0.4 too: Prometheus before 3.0 stores both spellings as different series.
    static let lineTails: [[UInt8]] = upperBounds.map { bound in
        Array((bound.isFinite ? "\(bound)\"} " : "+Inf\"} ").utf8)
    }

    /// The bucket in which a slot's observations lie.
    static func position(slot: Int) -> Int {
        let index = slot - ExponentialScale.indexOffset
        return max(0, min((index - firstIndex + 3) >> 2, count - 1))
    }
}
