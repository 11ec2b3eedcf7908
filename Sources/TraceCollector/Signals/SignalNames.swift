/// Names that become label values: interned once, so that a span costs a hash and no String.
struct SignalNames {
    private var interner = ByteInterner()
    private var texts: [String] = []
    private let limits: SignalLimits

    /// Ids of the names that the signals give themselves.
    static let overflow = 0
    static let user = 1
    static let database = 2
    static let unknownService = 3

    init(limits: SignalLimits) {
        self.limits = limits
        for text in ["overflow", "user", "database", "unknown_service"] {
            _ = interner.intern(Array(text.utf8))
            texts.append(text)
        }
    }

    subscript(id: Int) -> String { texts[id] }

    /// - Returns: the id of the bytes at `range`, cut to the limit; invalid UTF-8 is repaired in the text.
    @inline(__always)
    mutating func id(_ bytes: Span<UInt8>, _ range: ByteRange) -> Int {
        let cut = range.range.prefix(limits.nameBytes)
        if let known = interner.lookup(bytes, cut) { return known }
        return texts.count < limits.names ? add(bytes, cut) : Self.overflow
    }

    private mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        let id = interner.intern(bytes, range)
        texts.append(String(decoding: interner.bytes(of: id), as: UTF8.self))
        return id
    }
}
