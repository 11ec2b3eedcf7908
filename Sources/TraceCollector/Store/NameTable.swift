/// Service and operation names by number: the summary rows' vocabulary. All of it is in memory; the database holds
/// it for the next start.
struct NameTable {
    private var interner = ByteInterner(initialCapacity: 1024)
    /// Names that a transaction has brought in and that are not yet written.
    private var unwritten: [Int] = []

    /// The most names kept; what comes after is called `overflow`. Bounds a sender that puts ids into span names.
    static let limit = 100_000
    static let overflow = Array("(other)".utf8)

    init() { _ = interner.intern(Self.overflow) }

    var count: Int { interner.count }

    mutating func load(_ database: SQLiteDatabase) throws(SQLiteError) {
        interner.removeAll()
        unwritten = []
        let rows = try database.prepare("SELECT text FROM name ORDER BY id")
        while try rows.step() { _ = interner.intern(rows.bytes(0)) }
        if interner.count == 0 { _ = number(Self.overflow.span, 0..<Self.overflow.count) }
    }

    @inline(__always)
    mutating func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        let before = interner.count
        if before >= Self.limit { return interner.lookup(bytes, range) ?? 0 }
        let number = interner.intern(bytes, range)
        if number == before { unwritten.append(number) }
        return number
    }

    mutating func number(repairing bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        if UTF8Repair.isASCII(bytes, range) { return number(bytes, range) }
        let repaired = UTF8Repair.repaired(bytes, range)
        return number(repaired.span, 0..<repaired.count)
    }

    func lookup(_ name: [UInt8]) -> Int? { interner.lookup(name.span, 0..<name.count) }
    func name(_ number: Int) -> [UInt8] { number < interner.count ? Array(interner.bytes(of: number)) : Self.overflow }

    mutating func write(_ insert: SQLiteStatement) throws(SQLiteError) {
        for number in unwritten {
            insert.bind(1, number)
            insert.bindText(2, Array(interner.bytes(of: number)))
            try insert.run()
        }
        unwritten.removeAll()
    }
}
