import ArgumentParser
internal import Glibc

/// A port, or all from one to another.
struct PortRange: Equatable, Sendable, CustomStringConvertible {
    let lowest: UInt16
    let highest: UInt16

    init(_ port: UInt16) { (lowest, highest) = (port, port) }

    private init(_ lowest: UInt16, _ highest: UInt16) { (self.lowest, self.highest) = (lowest, highest) }

    init?(_ text: Substring) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.port)
        guard (1...2).contains(ends.count), let lowest = ends[0], let highest = ends[ends.count - 1], lowest <= highest
        else { return nil }
        (self.lowest, self.highest) = (lowest, highest)
    }

    private static func port(_ text: Substring) -> UInt16? {
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let port = UInt16(text), port > 0 else {
            return nil
        }
        return port
    }

    var description: String { lowest == highest ? "\(lowest)" : "\(lowest)-\(highest)" }

    /// The same ports in order and without a port in two of them, which a set of nftables does not take.
    static func merged(_ ranges: [PortRange]) -> [PortRange] {
        var merged: [PortRange] = []
        for range in ranges.sorted(by: { $0.lowest < $1.lowest }) {
            guard let last = merged.last, range.lowest <= last.highest else {
                merged.append(range)
                continue
            }
            merged[merged.count - 1] = PortRange(last.lowest, max(last.highest, range.highest))
        }
        return merged
    }

    /// - Parameter argument: `80,443,8000-8100`.
    static func list(_ argument: String) throws -> [PortRange] {
        try argument.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let range = PortRange(part) else {
                throw ValidationError("ports and ranges of them, for example 22,8000-8100; each is 1 to 65535")
            }
            return range
        }
    }
}

/// Addresses that begin alike.
struct Subnet: Equatable, Sendable, CustomStringConvertible {
    let address: String
    let prefixLength: Int
    let isIPv6: Bool

    init?(_ text: Substring) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]) else { return nil }
        address = String(parts[0])
        isIPv6 = address.contains(":")
        var bytes = in6_addr()
        let status = unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, address, &bytes)
        guard status == 1, (0...(isIPv6 ? 128 : 32)).contains(length) else { return nil }
        prefixLength = length
    }

    var description: String { "\(address)/\(prefixLength)" }

    /// - Parameter argument: `10.0.0.0/8,fd00::/8`.
    static func list(_ argument: String) throws -> [Subnet] {
        try argument.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let subnet = Subnet(part) else {
                throw ValidationError("subnets, for example 10.0.0.0/8,fd00::/8")
            }
            return subnet
        }
    }
}
