import Testing

@testable import TraceCollector

@Suite struct PairTableTests {
    @Test func `answers like a dictionary through thousands of random insertions and removals`() {
        var table = PairTable(hasher: SeededHash(seed: 1), initialCapacity: 4)
        var model: [TraceKey: Int] = [:]
        var random = SplitMix(state: 7)
        for step in 0..<20_000 {
            let key = TraceKey(high: random.next() % 37, low: random.next() % 29)
            if random.next() % 3 == 0 {
                table.remove(key.high, key.low)
                model[key] = nil
            } else {
                table.set(key.high, key.low, step)
                model[key] = step
            }
        }
        #expect(table.count == model.count)
        for high in 0..<UInt64(37) {
            for low in 0..<UInt64(29) {
                #expect(table.value(high, low) == model[TraceKey(high: high, low: low)])
            }
        }
    }
}

@Suite struct ByteInternerTests {
    @Test func `numbers strings in order of first sight and finds them again`() {
        var interner = ByteInterner(hasher: SeededHash(seed: 3), initialCapacity: 4)
        let strings = (0..<500).map { Array("value-\($0)-\(String(repeating: "x", count: $0 % 23))".utf8) }
        for (index, string) in strings.enumerated() { #expect(interner.intern(string) == index) }
        for (index, string) in strings.enumerated() {
            #expect(interner.intern(string) == index)
            #expect(Array(interner.bytes(of: index)) == string)
        }
        #expect(interner.count == 500)
    }

    @Test func `keeps strings apart that differ only in length or in one byte at either end`() {
        var interner = ByteInterner(hasher: SeededHash(seed: 3))
        let strings = ["", "a", "ab", "abcdefgh", "abcdefghi", "bbcdefghi", "abcdefghj", "abcdefghabcdefgh"]
        #expect(strings.map { interner.intern(Array($0.utf8)) } == Array(0..<8))
    }

    @Test func `starts counting from zero after it was emptied`() {
        var interner = ByteInterner()
        _ = interner.intern([1, 2, 3])
        interner.removeAll()
        #expect(interner.lookup([1, 2, 3].span, 0..<3) == nil)
        #expect(interner.intern([4]) == 0)
    }
}

/// A seeded generator, so that a failing case can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
