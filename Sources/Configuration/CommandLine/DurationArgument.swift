import ArgumentParser

/// A duration on a command line, in the form that settings have: `24h`.
package struct DurationArgument: Comparable, Sendable, CustomStringConvertible {
    package let milliseconds: Int

    package init(seconds: Int64) { milliseconds = Int(seconds) * 1_000 }

    package init(_ argument: String) throws {
        guard case .value(let milliseconds) = QuantityScale.duration.parse(argument) else {
            throw ValidationError("a number with its unit, for example 24h; units are ms, s, m, h, d")
        }
        self.milliseconds = milliseconds
    }

    /// Whole seconds; what is less is left out.
    package var seconds: Int64 { Int64(milliseconds / 1_000) }

    package var description: String { QuantityScale.duration.text(milliseconds) }

    package static func < (left: DurationArgument, right: DurationArgument) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// - Parameter flag: as it was typed.
    package func require(_ flag: String, in range: ClosedRange<DurationArgument>) throws {
        guard range.contains(self) else {
            throw ValidationError("\(flag): found \(self), allowed is \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
