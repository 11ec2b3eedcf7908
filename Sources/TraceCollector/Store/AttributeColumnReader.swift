/// Reads the columns that `AttributeColumns` wrote: the next value of any key, in order of the spans.
///
/// Columns stand one after the other in shared streams, which are cut at the lengths that the heads carry.
struct AttributeColumnReader {
    private struct Column {
        var mode: ColumnMode
        /// The constant's only value, or the local column's list.
        var values: [Int]
        /// Where the first value's bytes are: in the low stream, and as a value index in the wider ones.
        var low: Int
        var wide: Int
        var count: Int
    }

    private var columns: [Column] = []
    /// Values read so far, per key.
    private var taken: [Int]
    private let low: [UInt8]
    private let middle: [UInt8]
    private let high: [UInt8]

    init(
        heads: StreamReader, low: StreamReader, middle: StreamReader, high: StreamReader, keyCount: Int
    ) throws(BlockError) {
        self.low = low.contents
        self.middle = middle.contents
        self.high = high.contents
        taken = [Int](repeating: 0, count: keyCount)
        var heads = heads
        var lowStart = 0
        var wideStart = 0
        for _ in 0..<keyCount {
            guard let mode = ColumnMode(rawValue: try heads.byte()) else { throw .damaged }
            let count = try heads.length()
            var column = Column(mode: mode, values: [], low: lowStart, wide: wideStart, count: count)
            switch mode {
            case .constant: column.values = [try heads.length()]
            case .local:
                for _ in 0..<(try heads.length()) { column.values.append(try heads.length()) }
                lowStart += count
            case .direct:
                lowStart += count
                wideStart += count
            }
            columns.append(column)
        }
        guard lowStart <= self.low.count else { throw .damaged }
    }

    /// Passes over the next value of a key.
    @inline(__always)
    mutating func skip(_ key: Int) throws(BlockError) {
        guard taken[key] < columns[key].count else { throw .damaged }
        taken[key] += 1
    }

    mutating func next(_ key: Int) throws(BlockError) -> Int {
        let index = taken[key]
        try skip(key)
        return try value(key, index)
    }

    /// Whether any span of the block has one of these values under the key.
    func holds(_ key: Int, anyOf values: Set<Int>) throws(BlockError) -> Bool {
        switch columns[key].mode {
        case .constant, .local: return columns[key].values.contains(where: values.contains)
        case .direct:
            for index in 0..<columns[key].count where values.contains(try value(key, index)) { return true }
            return false
        }
    }

    @inline(__always)
    private func value(_ key: Int, _ index: Int) throws(BlockError) -> Int {
        switch columns[key].mode {
        case .constant: return columns[key].values[0]
        case .local:
            let local = Int(low[columns[key].low + index])
            guard local < columns[key].values.count else { throw .damaged }
            return columns[key].values[local]
        case .direct:
            let wide = columns[key].wide + index
            var value = Int(low[columns[key].low + index])
            if wide < middle.count { value |= Int(middle[wide]) << 8 }
            if wide * 2 + 1 < high.count { value |= Int(high[wide * 2]) << 16 | Int(high[wide * 2 + 1]) << 24 }
            return value
        }
    }
}
