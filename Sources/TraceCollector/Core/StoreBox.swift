/// Carries the store to its thread.
final class StoreBox: @unchecked Sendable {
    // Sendable because the thread that made it hands it over and never touches it again.
    private var store: TraceStore

    init(_ store: consuming TraceStore) { self.store = store }

    func withStore<Result>(_ body: (inout TraceStore) -> Result) -> Result { body(&store) }
}
