/// Durations as Go writes them: `1h30m`, `1.5s`, `250us`. Jaeger's API takes these.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9),
        ("d", 86_400e9),
    ]

    static func nanoseconds(_ text: String) -> UInt64? {
        var rest = text[...]
        var total: Double = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !($0.isASCII && $0.isNumber || $0 == ".") }
            rest = rest.dropFirst(name.count)
            guard let number = Double(digits) else { return nil }
            if name.isEmpty {
                guard number == 0, rest.isEmpty, total == 0 else { return nil }
                return 0
            }
            guard let unit = units.first(where: { $0.name == name }) else { return nil }
            total += number * unit.nanoseconds
        }
        guard total < Double(UInt64.max) else { return nil }
        return UInt64(total.rounded())
    }
}
