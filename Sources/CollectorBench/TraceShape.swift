/// The ten spans of every trace of the load: a request that enters one service and fans out over four more.
///
/// ```
/// A server ─ A client ─ B server ─┬─ B client ─ C server ─ C internal
///                                 └─ B client ─ D server ─ D client ─ E server
/// ```
enum TraceShape {
    struct Place {
        /// Index of the parent; nil for the root.
        let parent: Int?
        /// OTLP's number.
        let kind: UInt8
        /// Which of the trace's services does it.
        let service: Int
        /// The part of its parent's time that it lies within, in sixteenths.
        let window: Range<UInt64>
    }

    static let services = 5
    private static let server: UInt8 = 2
    private static let client: UInt8 = 3
    private static let inner: UInt8 = 1

    static let places = [
        Place(parent: nil, kind: server, service: 0, window: 0..<16),
        Place(parent: 0, kind: client, service: 0, window: 1..<15),
        Place(parent: 1, kind: server, service: 1, window: 1..<15),
        Place(parent: 2, kind: client, service: 1, window: 1..<7),
        Place(parent: 3, kind: server, service: 2, window: 1..<15),
        Place(parent: 4, kind: inner, service: 2, window: 3..<12),
        Place(parent: 2, kind: client, service: 1, window: 8..<15),
        Place(parent: 6, kind: server, service: 3, window: 1..<15),
        Place(parent: 7, kind: client, service: 3, window: 2..<14),
        Place(parent: 8, kind: server, service: 4, window: 1..<15),
    ]

    /// Spans that report an error when the innermost call fails: that call and all that wait for it.
    static let failing: Set<Int> = [0, 1, 2, 6, 7, 8, 9]
}
