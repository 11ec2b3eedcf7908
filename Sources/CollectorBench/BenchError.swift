/// Why a measurement cannot be made, or does not count: what happened, and where.
package struct BenchError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}
