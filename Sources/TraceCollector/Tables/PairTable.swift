/// A flat hash table from two words to one number: trace ids to live traces, span identities to pending edges, label
/// sets to series. Linear probing, and removal by shifting back, so that it never fills with tombstones.
struct PairTable {
    private struct Slot {
        var first: UInt64
        var second: UInt64
        /// Negative for a free slot.
        var value: Int32

        static let free = Slot(first: 0, second: 0, value: -1)
    }

    private var slots: [Slot]
    private let hasher: SeededHash
    private(set) var count = 0

    init(hasher: SeededHash = .random(), initialCapacity: Int = 64) {
        self.hasher = hasher
        slots = [Slot](repeating: .free, count: initialCapacity)
    }

    @inline(__always)
    func value(_ first: UInt64, _ second: UInt64) -> Int? {
        let found = slots[find(first, second)].value
        return found < 0 ? nil : Int(found)
    }

    /// Sets the value of a key that is or is not yet in the table.
    mutating func set(_ first: UInt64, _ second: UInt64, _ value: Int) {
        let slot = find(first, second)
        let isNew = slots[slot].value < 0
        slots[slot] = Slot(first: first, second: second, value: Int32(value))
        guard isNew else { return }
        count += 1
        if count * 4 > slots.count * 3 { grow() }
    }

    mutating func remove(_ first: UInt64, _ second: UInt64) {
        var hole = find(first, second)
        guard slots[hole].value >= 0 else { return }
        count -= 1
        let mask = slots.count - 1
        var next = (hole + 1) & mask
        while slots[next].value >= 0 {
            let home = Int(truncatingIfNeeded: hasher.hash(slots[next].first, slots[next].second)) & mask
            // An entry may fill the hole unless its home lies behind the hole on the way to where it stands.
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = .free
    }

    mutating func removeAll() {
        guard count > 0 else { return }
        count = 0
        for index in slots.indices { slots[index] = .free }
    }

    @inline(__always)
    private func find(_ first: UInt64, _ second: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hasher.hash(first, second)) & mask
        while slots[slot].value >= 0, slots[slot].first != first || slots[slot].second != second {
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: .free, count: old.count * 2)
        for entry in old where entry.value >= 0 { slots[find(entry.first, entry.second)] = entry }
    }
}
