import Glibc
import MetricsExporter
import Testing

@Suite("The exponential scale")
struct ExponentialScaleTests {
    /// A natural number of any size, lowest 32 bits first: enough arithmetic to compare powers exactly.
    private struct Natural {
        var limbs: [UInt32]

        init(_ value: UInt64) { limbs = [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)] }

        mutating func multiply(by factor: UInt64) {
            var result = [UInt32](repeating: 0, count: limbs.count + 2)
            for (shift, part) in [factor & 0xFFFF_FFFF, factor >> 32].enumerated() {
                var carry: UInt64 = 0
                for position in 0..<(result.count - shift) {
                    let limb = position < limbs.count ? UInt64(limbs[position]) : 0
                    let sum = UInt64(result[position + shift]) + limb * part + carry
                    result[position + shift] = UInt32(truncatingIfNeeded: sum)
                    carry = sum >> 32
                }
            }
            limbs = result
        }

        static func power(_ base: UInt64, _ exponent: Int) -> Natural {
            var result = Natural(1)
            for _ in 0..<exponent { result.multiply(by: base) }
            return result
        }

        static func <= (left: Natural, right: Natural) -> Bool {
            for position in stride(from: max(left.limbs.count, right.limbs.count) - 1, through: 0, by: -1) {
                let (a, b) = (left[position], right[position])
                if a != b { return a < b }
            }
            return true
        }

        private subscript(position: Int) -> UInt32 { position < limbs.count ? limbs[position] : 0 }
    }

    /// Whether n nanoseconds ≤ 2^(index/8) s, that is n^8 ≤ 10^72 · 2^index, decided without rounding.
    private static func isWithin(_ nanoseconds: UInt64, index: Int) -> Bool {
        var left = Natural.power(nanoseconds, 8)
        var right = Natural.power(1_000_000_000, 8)
        for start in stride(from: 0, to: abs(index), by: 63) {
            let power = UInt64(1) << UInt64(min(63, abs(index) - start))
            if index < 0 { left.multiply(by: power) } else { right.multiply(by: power) }
        }
        return left <= right
    }

    /// The largest whole number of nanoseconds in bucket `index`.
    private static func last(index: Int) -> UInt64 {
        // Rounded arithmetic is right to within a few nanoseconds; the exact comparison decides.
        let estimate = UInt64(exp2(Double(index) / 8) * 1e9)
        var low = estimate - 2
        var high = estimate + 2
        while high - low > 1 {
            let middle = (low + high) / 2
            if isWithin(middle, index: index) { low = middle } else { high = middle }
        }
        return low
    }

    @Test("puts the last nanosecond of every bucket into it and the next one into the next", arguments: -160...80)
    func boundaries(index: Int) {
        let last = Self.last(index: index)
        #expect(ExponentialScale.slot(nanoseconds: last) == index + 160)
        #expect(ExponentialScale.slot(nanoseconds: last + 1) == index + 161)
    }

    @Test(
        "knows the durations that people ask about",
        arguments: [
            (0, 0), (1, 0), (953, 0), (954, 1), (1_000, 1), (250_000_000, 144), (250_000_001, 145),
            (1_000_000_000, 160), (1_000_000_001, 161), (16_000_000_000, 192), (1_024_000_000_000, 240),
            (1_024_000_000_001, 241), (UInt64.max, 241),
        ] as [(UInt64, Int)])
    func known(nanoseconds: UInt64, slot: Int) {
        #expect(ExponentialScale.slot(nanoseconds: nanoseconds) == slot)
    }

    @Test("never goes down as durations grow")
    func monotonic() {
        var nanoseconds: UInt64 = 1
        var before = 0
        while nanoseconds < 1 << 42 {
            let slot = ExponentialScale.slot(nanoseconds: nanoseconds)
            #expect(slot == before || slot == before + 1)
            before = slot
            nanoseconds += 1 + nanoseconds / 64
        }
        #expect(before == 241)
    }

    @Test("has a classic bound at every half power of two from 2^-11 to 2^4 seconds")
    func classicBounds() {
        let bounds = ClassicBuckets.upperBounds
        #expect(bounds.count == 32)
        #expect(bounds[0] == 0.00048828125)
        #expect(bounds[1] == 0.0006905339660024879)
        #expect([bounds[18], bounds[20], bounds[22], bounds[23], bounds[24]] == [0.25, 0.5, 1, 1.4142135623730951, 2])
        #expect(bounds[30] == 16)
        #expect(bounds[31] == .infinity)
    }
}
