/// Makes trace and span ids for one loop: xoshiro256++ (Blackman and Vigna, 2019), seeded by the kernel.
///
/// Ids must be unlikely to collide and evenly spread (samplers compare their low bits); they are no secret.
public struct IDGenerator: ~Copyable {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    /// Seeds from the system's random source (getrandom).
    public init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: (system.next(), system.next(), system.next(), system.next()))
    }

    /// A generator with a known sequence, for tests. An all-zero state would stay zero, so it is replaced.
    package init(seed: (UInt64, UInt64, UInt64, UInt64)) {
        (s0, s1, s2, s3) = seed
        if s0 | s1 | s2 | s3 == 0 { s0 = 0x9E37_79B9_7F4A_7C15 }
    }

    public mutating func next() -> UInt64 {
        let sum = s0 &+ s3
        let result = (sum << 23 | sum >> 41) &+ s0
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = s3 << 45 | s3 >> 19
        return result
    }

    /// Never zero, and never with a zero high half: a widened 64-bit B3 id cannot be taken for one of ours.
    public mutating func makeTraceID() -> TraceID { TraceID(high: nextNonZero(), low: nextNonZero()) }

    /// Never zero.
    public mutating func makeSpanID() -> SpanID { SpanID(nextNonZero()) }

    private mutating func nextNonZero() -> UInt64 {
        while true {
            let value = next()
            if value != 0 { return value }
        }
    }
}

/// Each loop has its own; two loops sharing one would repeat ids.
@available(*, unavailable)
extension IDGenerator: Sendable {}
