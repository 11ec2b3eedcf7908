/// An ordered list of slot numbers with removal from anywhere in constant time: a doubly linked list in two arrays.
struct SlotList {
    private(set) var first: Int?
    private var last: Int?
    private var previous: [Int32] = []
    private var next: [Int32] = []

    private static let none: Int32 = -1
    private static let unlinked: Int32 = -2

    func contains(_ slot: Int) -> Bool { slot < next.count && next[slot] != Self.unlinked }

    /// Precondition: the slot is not in the list.
    mutating func append(_ slot: Int) {
        while next.count <= slot {
            next.append(Self.unlinked)
            previous.append(Self.none)
        }
        precondition(next[slot] == Self.unlinked, "the slot is already in the list")
        previous[slot] = Int32(last ?? -1)
        next[slot] = Self.none
        if let last { next[last] = Int32(slot) } else { first = slot }
        last = slot
    }

    /// Does nothing when the slot is not in the list.
    mutating func remove(_ slot: Int) {
        guard contains(slot) else { return }
        let before = previous[slot]
        let after = next[slot]
        if before >= 0 { next[Int(before)] = after } else { first = after < 0 ? nil : Int(after) }
        if after >= 0 { previous[Int(after)] = before } else { last = before < 0 ? nil : Int(before) }
        next[slot] = Self.unlinked
    }
}
