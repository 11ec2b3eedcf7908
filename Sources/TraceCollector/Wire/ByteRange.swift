/// A stretch of a request body. Bodies are at most 64 MiB, so 32 bits suffice and span records stay small.
package struct ByteRange: Equatable, Sendable {
    package var start: UInt32
    package var count: UInt32

    package static let empty = ByteRange(start: 0, count: 0)

    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    package init(_ range: Range<Int>) {
        start = UInt32(range.lowerBound)
        count = UInt32(range.count)
    }

    package var isEmpty: Bool { count == 0 }
    package var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}
