package import Bytes

/// `grpc-timeout`: one to eight digits and a unit. A value that is not is ignored by who calls this, and counted.
package enum GRPCTimeout {
    /// - Returns: nanoseconds, or nil when it is malformed. The largest, 99,999,999 hours, is clamped to what fits.
    package static func parse(_ value: RawSpan) -> UInt64? {
        let digits = value.byteCount - 1
        guard digits >= 1, digits <= 8, let unit = nanoseconds(of: value[digits]) else { return nil }
        var number: UInt64 = 0
        for offset in 0..<digits {
            let digit = value[offset] &- 0x30
            guard digit < 10 else { return nil }
            number = number * 10 + UInt64(digit)
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? .max : product
    }

    private static func nanoseconds(of unit: UInt8) -> UInt64? {
        switch unit {
        case UInt8(ascii: "n"): 1
        case UInt8(ascii: "u"): 1000
        case UInt8(ascii: "m"): 1_000_000
        case UInt8(ascii: "S"): 1_000_000_000
        case UInt8(ascii: "M"): 60_000_000_000
        case UInt8(ascii: "H"): 3_600_000_000_000
        default: nil
        }
    }

    private static let units: [(name: StaticString, nanoseconds: UInt64)] = [
        ("n", 1), ("u", 1000), ("m", 1_000_000), ("S", 1_000_000_000), ("M", 60_000_000_000), ("H", 3_600_000_000_000),
    ]

    /// Writes it in the finest unit that eight digits are enough for, rounded down: nobody gets more time than is left.
    package static func write(nanoseconds: UInt64, to buffer: inout ByteBuffer) {
        for unit in units {
            let number = nanoseconds / unit.nanoseconds
            guard number <= 99_999_999 else { continue }
            buffer.append(decimal: number)
            buffer.append(unit.name)
            return
        }
        buffer.append("99999999H")
    }
}
