/// Gives equal byte strings equal small numbers, counted from 0 in order of first sight. One flat arena, one flat hash
/// table: no object per string.
struct ByteInterner {
    private var arena: [UInt8] = []
    /// `ends[id]` is where string `id` ends in the arena; it begins where the one before ends.
    private var ends: [UInt32] = []
    private var hashes: [UInt32] = []
    /// id + 1, or 0 for a free slot. Capacity is a power of two, at most three quarters full.
    private var slots: [UInt32]
    private let hasher: SeededHash

    init(hasher: SeededHash = .random(), initialCapacity: Int = 256) {
        self.hasher = hasher
        slots = [UInt32](repeating: 0, count: initialCapacity)
    }

    var count: Int { ends.count }
    /// All strings, one after the other.
    var contents: [UInt8] { arena }

    func range(of id: Int) -> Range<Int> { (id == 0 ? 0 : Int(ends[id - 1]))..<Int(ends[id]) }
    func bytes(of id: Int) -> ArraySlice<UInt8> { arena[range(of: id)] }

    /// Forgets all strings and keeps the memory.
    mutating func removeAll() {
        guard !ends.isEmpty else { return }
        arena.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
    }

    @inline(__always)
    mutating func intern(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        let hash = UInt32(truncatingIfNeeded: hasher.hash(bytes, range))
        let slot = find(bytes, range, hash)
        let found = slots[slot]
        return found != 0 ? Int(found) - 1 : insert(bytes, range, hash, slot)
    }

    mutating func intern(_ bytes: [UInt8]) -> Int { intern(bytes.span, 0..<bytes.count) }

    /// The id of a string already known.
    func lookup(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let found = slots[find(bytes, range, UInt32(truncatingIfNeeded: hasher.hash(bytes, range)))]
        return found == 0 ? nil : Int(found) - 1
    }

    /// The slot that holds the string, or the free slot where it belongs.
    @inline(__always)
    private func find(_ bytes: Span<UInt8>, _ range: Range<Int>, _ hash: UInt32) -> Int {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return slot }
            let id = Int(entry) - 1
            if hashes[id] == hash, equals(id, bytes, range) { return slot }
            slot = (slot + 1) & mask
        }
    }

    @inline(__always)
    private func equals(_ id: Int, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let own = self.range(of: id)
        guard own.count == range.count else { return false }
        let stored = arena.span
        var left = own.lowerBound
        var right = range.lowerBound
        while range.upperBound - right >= 8 {
            if stored.littleEndian64(at: left) != bytes.littleEndian64(at: right) { return false }
            left += 8
            right += 8
        }
        while right < range.upperBound {
            if stored[left] != bytes[right] { return false }
            left += 1
            right += 1
        }
        return true
    }

    private mutating func insert(_ bytes: Span<UInt8>, _ range: Range<Int>, _ hash: UInt32, _ slot: Int) -> Int {
        let id = ends.count
        arena.append(bytes, range)
        ends.append(UInt32(arena.count))
        hashes.append(hash)
        slots[slot] = UInt32(id + 1)
        if ends.count * 4 > slots.count * 3 { grow() }
        return id
    }

    private mutating func grow() {
        let mask = slots.count * 2 - 1
        slots = [UInt32](repeating: 0, count: mask + 1)
        for id in hashes.indices {
            var slot = Int(hashes[id]) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(id + 1)
        }
    }
}
