/// A small generator of numbers that are the same for the same seed on every machine (Steele, Lea, Flood 2014).
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number below `bound`; the bias is bound / 2^64.
    mutating func next(below bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

    /// A number of at least `least` and below `least` · 2^`octaves`, its logarithm evenly spread: small ones are as
    /// common as large ones, which is how durations lie.
    mutating func nextLogarithmic(least: UInt64, octaves: Int) -> UInt64 {
        let base = least << UInt64(next(below: octaves))
        return base + UInt64(next(below: Int(base)))
    }
}
