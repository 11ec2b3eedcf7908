/// A unit with how many of the smallest unit it holds, smallest first.
struct QuantityUnit {
    let suffix: String
    let size: Int
}

/// Whole numbers with a unit, read and written without rounding.
struct QuantityScale {
    let units: [QuantityUnit]
    /// Whether a number without a unit counts the smallest unit; zero needs no unit anyway.
    let allowsBareNumber: Bool

    static let duration = QuantityScale(
        units: [
            QuantityUnit(suffix: "ms", size: 1), QuantityUnit(suffix: "s", size: 1_000),
            QuantityUnit(suffix: "m", size: 60_000), QuantityUnit(suffix: "h", size: 3_600_000),
            QuantityUnit(suffix: "d", size: 86_400_000),
        ], allowsBareNumber: false)

    static let size = QuantityScale(
        units: [
            QuantityUnit(suffix: "B", size: 1), QuantityUnit(suffix: "KiB", size: 1 << 10),
            QuantityUnit(suffix: "MiB", size: 1 << 20), QuantityUnit(suffix: "GiB", size: 1 << 30),
            QuantityUnit(suffix: "TiB", size: 1 << 40),
        ], allowsBareNumber: true)

    func parse(_ text: String) -> Parsed<Int> {
        let digits = text.utf8.prefix { $0.isDigit }.count
        let suffix = String(text.dropFirst(digits))
        guard digits > 0 else { return text.hasPrefix("-") ? .outOfRange : .malformed }
        guard let number = Int(text.prefix(digits)) else { return .outOfRange }
        guard let unit = units.first(where: { $0.suffix == suffix }) else {
            return suffix.isEmpty && (allowsBareNumber || number == 0) ? .value(number) : .malformed
        }
        let (product, overflowed) = number.multipliedReportingOverflow(by: unit.size)
        return overflowed ? .outOfRange : .value(product)
    }

    /// In the largest unit that divides the quantity.
    func text(_ quantity: Int) -> String {
        if quantity == 0 { return "0" }
        for unit in units.reversed() where quantity % unit.size == 0 { return "\(quantity / unit.size)\(unit.suffix)" }
        preconditionFailure("the smallest unit divides every quantity")
    }

    func parse(_ text: String, in range: ClosedRange<Int>, zeroIsAllowed: Bool) -> Parsed<Int> {
        switch parse(text) {
        case .malformed: .malformed
        case .outOfRange: .outOfRange
        case .value(let quantity):
            range.contains(quantity) || quantity == 0 && zeroIsAllowed ? .value(quantity) : .outOfRange
        }
    }
}

extension ValueFormat where Value == Duration {
    /// - Parameter zeroMeans: what zero stands for when it is allowed beside the range.
    static func duration(_ range: ClosedRange<Duration>, zeroMeans: String? = nil) -> ValueFormat {
        let scale = QuantityScale.duration
        let bounds = range.lowerBound.wholeMilliseconds...range.upperBound.wholeMilliseconds
        return .scalar(
            "duration", sentence: "a duration", unit: "ms, s, m, h, d",
            allowed: rangeText(scale.text(bounds.lowerBound), scale.text(bounds.upperBound), zeroMeans), example: "10s",
            parse: { text in
                switch scale.parse(text, in: bounds, zeroIsAllowed: zeroMeans != nil) {
                case .value(let milliseconds): .value(.milliseconds(milliseconds))
                case .malformed: .malformed
                case .outOfRange: .outOfRange
                }
            },
            encode: { .plain(scale.text($0.wholeMilliseconds)) })
    }
}

extension ValueFormat where Value == Int {
    /// A number of bytes.
    /// - Parameter zeroMeans: what zero stands for when it is allowed beside the range.
    static func size(_ range: ClosedRange<Int>, zeroMeans: String? = nil) -> ValueFormat {
        let scale = QuantityScale.size
        return .scalar(
            "size", sentence: "a size", unit: "B, KiB, MiB, GiB, TiB",
            allowed: rangeText(scale.text(range.lowerBound), scale.text(range.upperBound), zeroMeans), example: "64KiB",
            parse: { scale.parse($0, in: range, zeroIsAllowed: zeroMeans != nil) },
            encode: { .plain(scale.text($0)) })
    }
}

extension Duration {
    /// The finest step that a configuration can state.
    var wholeMilliseconds: Int {
        Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
