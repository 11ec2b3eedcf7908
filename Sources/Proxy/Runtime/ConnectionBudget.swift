import Synchronization

/// The client connections that all workers together may hold; the one number they share, touched per connection only.
final class ConnectionBudget: Sendable {
    private let limit: Int
    private let open = Atomic<Int>(0)
    /// Connections closed at once because the limit was reached.
    let refused = Atomic<UInt64>(0)

    init(limit: Int) { self.limit = limit }

    /// - Returns: false, and counts it, when there is no room.
    func take() -> Bool {
        guard open.add(1, ordering: .relaxed).newValue <= limit else {
            open.subtract(1, ordering: .relaxed)
            refused.add(1, ordering: .relaxed)
            return false
        }
        return true
    }

    func giveBack() { open.subtract(1, ordering: .relaxed) }
}
