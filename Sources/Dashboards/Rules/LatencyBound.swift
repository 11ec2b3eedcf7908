/// A latency that the exponential histogram has an exact bucket boundary for: a power of two of seconds.
///
/// Anything between two boundaries would be an interpolated guess, which an alert may not rest on.
package struct LatencyBound: Equatable, Sendable {
    /// Finest and coarsest boundary of the classic buckets, as exponents of two: 2⁻¹¹ s (0.49 ms) and 2⁴ s (16 s).
    package static let exponents = -11...4

    package let exponent: Int

    package init?(exponent: Int) {
        guard Self.exponents.contains(exponent) else { return nil }
        self.exponent = exponent
    }

    /// Nil if `seconds` is not one of the boundaries.
    package init?(seconds: Double) {
        guard let exponent = Self.exponents.first(where: { Self.seconds(exponent: $0) == seconds }) else { return nil }
        self.exponent = exponent
    }

    package var seconds: Double { Self.seconds(exponent: exponent) }

    package static let quarterSecond = LatencyBound(unchecked: -2)

    private init(unchecked exponent: Int) { self.exponent = exponent }

    private static func seconds(exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: 1)
    }

    /// `0.25`, `1`: the boundary without a trailing `.0`.
    package var label: String {
        seconds >= 1 ? String(Int(seconds)) : seconds.description
    }

    /// Regular expression for the `le` label: the text format writes `1`, OpenMetrics and protobuf `1.0`.
    var lePattern: String {
        let escaped = label.split(separator: ".").joined(separator: #"\\."#)
        return seconds >= 1 ? escaped + #"(\\.0)?"# : escaped
    }
}
