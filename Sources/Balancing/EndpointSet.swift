/// A set of endpoint indexes, one bit each: which endpoints of a target are out of rotation.
package struct EndpointSet: Equatable, Sendable {
    /// The first 64 need no memory of their own; few targets have more.
    private var low: UInt64 = 0
    private var high: [UInt64] = []

    package init() {}

    package var isEmpty: Bool { low == 0 && high.allSatisfy { $0 == 0 } }

    package func contains(_ index: Int) -> Bool {
        if index < 64 { return low >> UInt64(index) & 1 == 1 }
        let word = index / 64 - 1
        return word < high.count && high[word] >> UInt64(index % 64) & 1 == 1
    }

    package mutating func insert(_ index: Int) {
        precondition(index >= 0, "an endpoint index is never negative")
        if index < 64 {
            low |= 1 << UInt64(index)
        } else {
            let word = index / 64 - 1
            while high.count <= word { high.append(0) }
            high[word] |= 1 << UInt64(index % 64)
        }
    }

    package mutating func remove(_ index: Int) {
        guard contains(index) else { return }
        if index < 64 {
            low &= ~(1 << UInt64(index))
        } else {
            high[index / 64 - 1] &= ~(1 << UInt64(index % 64))
        }
    }

    package static func == (left: EndpointSet, right: EndpointSet) -> Bool {
        guard left.low == right.low else { return false }
        for word in 0..<max(left.high.count, right.high.count) {
            let leftWord = word < left.high.count ? left.high[word] : 0
            let rightWord = word < right.high.count ? right.high[word] : 0
            if leftWord != rightWord { return false }
        }
        return true
    }
}
