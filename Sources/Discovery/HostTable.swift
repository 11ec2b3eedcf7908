/// From the bytes of a Host field to a target's position, without allocating.
///
/// Open addressing over lower-cased names with linear probing, at most half full. Only the configuration adds
/// names, so a hostile Host can miss but never grow a chain.
struct HostTable: Sendable {
    private struct Slot {
        var hash: UInt64 = 0
        var start: Int32 = 0
        /// Zero: free. Names are never empty.
        var length: Int32 = 0
        var value: Int32 = 0
    }

    private var slots: [Slot]
    private var names: [UInt8] = []
    private let mask: Int

    /// - Parameter names: distinct when lower-cased and without a trailing dot; the value is the position.
    init(_ names: [String]) {
        var capacity = 8
        while capacity < names.count * 2 { capacity *= 2 }
        mask = capacity - 1
        slots = Array(repeating: Slot(), count: capacity)
        for (position, name) in names.enumerated() { insert(Array(name.utf8), position) }
    }

    private mutating func insert(_ name: [UInt8], _ value: Int) {
        let parts = HostParts(name.span)
        var lowered: [UInt8] = []
        for index in 0..<parts.nameCount { lowered.append(name[index].lowerCased) }
        for index in parts.portStart..<name.count { lowered.append(name[index].lowerCased) }
        let slot = Slot(
            hash: Self.hash(lowered.span, lowered.count, lowered.count), start: Int32(names.count),
            length: Int32(lowered.count), value: Int32(value))
        names.append(contentsOf: lowered)
        var index = Int(truncatingIfNeeded: slot.hash) & mask
        while slots[index].length != 0 { index = (index + 1) & mask }
        slots[index] = slot
    }

    /// The name with its port first, then without: `cart:8080` may be a target beside `cart`.
    func position(of host: Span<UInt8>) -> Int? {
        let parts = HostParts(host)
        if parts.nameCount == 0 { return nil }
        if parts.portStart < host.count, let found = find(host, parts.nameCount, parts.portStart) { return found }
        return find(host, parts.nameCount, host.count)
    }

    /// Looks up `host[..<nameCount] + host[portStart...]`.
    private func find(_ host: Span<UInt8>, _ nameCount: Int, _ portStart: Int) -> Int? {
        let hash = Self.hash(host, nameCount, portStart)
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index].length != 0 {
            if slots[index].hash == hash, equals(slots[index], host, nameCount, portStart) {
                return Int(slots[index].value)
            }
            index = (index + 1) & mask
        }
        return nil
    }

    private func equals(_ slot: Slot, _ host: Span<UInt8>, _ nameCount: Int, _ portStart: Int) -> Bool {
        let start = Int(slot.start)
        guard Int(slot.length) == nameCount + host.count - portStart else { return false }
        for index in 0..<nameCount where names[start + index] != host[index].lowerCased { return false }
        for index in portStart..<host.count where names[start + nameCount + index - portStart] != host[index] {
            return false
        }
        return true
    }

    /// FNV-1a, 64 bits, over lower-cased bytes.
    private static func hash(_ host: Span<UInt8>, _ nameCount: Int, _ portStart: Int) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in 0..<nameCount { hash = (hash ^ UInt64(host[index].lowerCased)) &* 0x100_0000_01b3 }
        for index in portStart..<host.count { hash = (hash ^ UInt64(host[index])) &* 0x100_0000_01b3 }
        return hash
    }
}

/// Where the parts of a Host field lie: the name without its trailing dot, and the port with its colon.
private struct HostParts {
    let nameCount: Int
    /// Position of the colon; the count of all bytes when there is no port.
    let portStart: Int

    init(_ host: Span<UInt8>) {
        var colon = host.count
        while colon > 0, host[colon - 1] &- UInt8(ascii: "0") < 10 { colon -= 1 }
        let hasPort = colon > 0 && host[colon - 1] == UInt8(ascii: ":")
        portStart = hasPort ? colon - 1 : host.count
        let hasDot = portStart > 0 && host[portStart - 1] == UInt8(ascii: ".")
        nameCount = hasDot ? portStart - 1 : portStart
    }
}

extension UInt8 {
    fileprivate var lowerCased: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}
