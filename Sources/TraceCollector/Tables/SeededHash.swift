/// Hashing for tables whose keys come from the network: multiply-and-fold, keyed per process so that nobody can aim
/// collisions at it.
struct SeededHash {
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    static func random() -> SeededHash { SeededHash(seed: UInt64.random(in: 0...UInt64.max)) }

    @inline(__always)
    func hash(_ first: UInt64, _ second: UInt64) -> UInt64 {
        fold(first ^ seed, second ^ 0x9E37_79B9_7F4A_7C15)
    }

    @inline(__always)
    func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var state = seed ^ UInt64(range.count)
        var position = range.lowerBound
        while range.upperBound - position >= 8 {
            state = fold(state ^ bytes.littleEndian64(at: position), 0xE703_7ED1_A0B4_28DB)
            position += 8
        }
        if position < range.upperBound {
            state = fold(state ^ tailWord(bytes, position, range), 0x8EBC_6AF0_9C88_C6E3)
        }
        return fold(state, 0x5899_65CC_7537_4CC3)
    }

    /// The last, incomplete word: read backwards over bytes already hashed where there are any, which is one load.
    @inline(__always)
    private func tailWord(_ bytes: Span<UInt8>, _ position: Int, _ range: Range<Int>) -> UInt64 {
        if range.count >= 8 { return bytes.littleEndian64(at: range.upperBound - 8) }
        if range.count >= 4 {
            return UInt64(bytes.littleEndian32(at: range.lowerBound))
                | UInt64(bytes.littleEndian32(at: range.upperBound - 4)) << 32
        }
        return bytes.tail(from: position, to: range.upperBound)
    }

    @inline(__always)
    private func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
