import Foundation

/// A log-normal time to answer: most answers near the median, a few much later.
package struct LatencyDistribution: Sendable, Equatable {
    package var medianMilliseconds: Double
    /// Standard deviation of the logarithm; 0 makes every answer take the median.
    package var spread: Double

    package init(medianMilliseconds: Double, spread: Double) {
        self.medianMilliseconds = medianMilliseconds
        self.spread = spread
    }

    /// The longest answer in medians, so that no request runs into a time limit by chance.
    static let longestInMedians = 8.0

    /// Box–Muller: two uniform numbers make one normal one.
    package func sample(using generator: inout some RandomNumberGenerator) -> Duration {
        let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
        let normal = radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
        let factor = min(exp(spread * normal), Self.longestInMedians)
        return .microseconds(Int64(medianMilliseconds * 1000 * factor))
    }
}
