/// The buckets of every latency histogram: base 2^(1/8) (schema 3 of the native histogram format) in seconds.
///
/// Bucket `i` covers (2^((i−1)/8) s, 2^(i/8) s]. A cell counts in *slots*:
///
///     slot 0        the zero bucket [0, 2^-20 s], which takes everything up to 953 ns
///     slot 1…240    buckets -159…80, that is from 2^-20 s (0.95 µs) to 2^10 s (1024 s)
///     slot 241      longer than 2^10 s; exposed in bucket 80 and counted as clamped
///
/// The slot is found by integers alone and is exact: a duration of whole nanoseconds is never put beside the bucket
/// that real-number arithmetic would choose.
@usableFromInline
package enum ExponentialScale {
    package static let schema = 3
    package static let slotCount = 242
    @usableFromInline package static let overrangeSlot = 241
    /// The index of bucket `i` in native histograms is its slot less this.
    @usableFromInline package static let indexOffset = 160
    /// Seconds; the upper end of the zero bucket, and of bucket -160.
    package static let zeroThreshold = 1.0 / 1_048_576

    /// The largest number of nanoseconds in the zero bucket: ⌊10^9 · 2^-20⌋.
    @usableFromInline static let zeroBucketNanoseconds: UInt64 = 953
    /// 2^10 s.
    @usableFromInline static let longestNanoseconds: UInt64 = 1_024_000_000_000

    /// The bucket boundaries between two powers of two of *nanoseconds*, each shifted to the full 64 bits:
    /// ⌊10^9 · 2^(m/8) · 2^33⌋ for m = 1…8, then a sentinel that nothing exceeds.
    @usableFromInline static let boundaries: InlineArray<9, UInt64> = [
        0x81FF_A7A9_549C_A6E3, 0x8DC3_B896_0164_A7D9, 0x9A98_6705_4D51_2391, 0xA896_5F74_BF06_5071,
        0xB7D8_8A12_D0DD_9EA0, 0xC87C_3E7D_03CD_BEC3, 0xDAA1_7C2C_D195_55DB, 0xEE6B_2800_0000_0000,
        0xFFFF_FFFF_FFFF_FFFF,
    ]

    /// For each value of the four bits after the leading one (a nibble each, lowest first): how many boundaries lie
    /// below every such number. A sixteenth of an octave is narrower than a bucket, so at most one more does.
    @usableFromInline static let boundariesBelow: UInt64 = 0x8877_6655_5433_2210

    @inlinable
    package static func slot(nanoseconds: UInt64) -> Int {
        if nanoseconds <= zeroBucketNanoseconds { return 0 }
        if nanoseconds > longestNanoseconds { return overrangeSlot }
        let leadingZeros = nanoseconds.leadingZeroBitCount
        let normalised = nanoseconds &<< UInt64(truncatingIfNeeded: leadingZeros)
        let sixteenth = (normalised &>> 59) & 15
        var below = Int(truncatingIfNeeded: (boundariesBelow &>> (sixteenth &* 4)) & 15)
        if normalised > boundaries[below] { below &+= 1 }
        let octave = 63 &- leadingZeros
        // 2^30 ns is the octave whose first boundary is 2^(1/8) s, the upper end of bucket 1.
        return 8 &* (octave &- 30) &+ below &+ 1 &+ indexOffset
    }
}
