/// Where bytes stand inside a head's own storage; half the size of a `Range<Int>`, because a head has many.
public struct ByteRange: Equatable, Sendable {
    public var start: UInt32
    public var count: UInt32

    public init(_ range: Range<Int>) {
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        count = UInt32(truncatingIfNeeded: range.count)
    }

    public init(start: Int, count: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.count = UInt32(truncatingIfNeeded: count)
    }

    public static let empty = ByteRange(start: 0, count: 0)

    public var isEmpty: Bool { count == 0 }
    public var lowerBound: Int { Int(start) }
    public var upperBound: Int { Int(start) &+ Int(count) }
    public var range: Range<Int> { lowerBound..<upperBound }
}
