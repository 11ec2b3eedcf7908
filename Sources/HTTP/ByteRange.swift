/// Where bytes stand inside a head's own storage; half the size of a `Range<Int>`, because a head has many.
package struct ByteRange: Equatable, Sendable {
    package var start: UInt32
    package var count: UInt32

    package init(_ range: Range<Int>) {
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        count = UInt32(truncatingIfNeeded: range.count)
    }

    package init(start: Int, count: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.count = UInt32(truncatingIfNeeded: count)
    }

    package static let empty = ByteRange(start: 0, count: 0)

    package var isEmpty: Bool { count == 0 }
    package var lowerBound: Int { Int(start) }
    package var upperBound: Int { Int(start) &+ Int(count) }
    package var range: Range<Int> { lowerBound..<upperBound }
}
