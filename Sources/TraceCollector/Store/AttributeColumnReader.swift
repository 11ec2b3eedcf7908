/// Reads the columns that `AttributeColumns` wrote: the next value of any key, in order of the spans.
///
/// Columns stand one after the other in shared streams, which are cut at the lengths that the heads carry.
struct AttributeColumnReader {
    private struct Column {
        var mode: ColumnMode
        /// The constant's only value, or the local column's list.
        var values: [Int]
        /// Where the next value's bytes are: in the low stream, and as a value index in the wider ones.
        var low: Int
        var wide: Int
        var remaining: Int
    }

    private var columns: [Column] = []
    private let low: [UInt8]
    private let middle: [UInt8]
    private let high: [UInt8]

    init(
        heads: StreamReader, low: StreamReader, middle: StreamReader, high: StreamReader, keyCount: Int
    ) throws(BlockError) {
        self.low = low.contents
        self.middle = middle.contents
        self.high = high.contents
        var heads = heads
        var lowStart = 0
        var wideStart = 0
        for _ in 0..<keyCount {
            guard let mode = ColumnMode(rawValue: try heads.byte()) else { throw .damaged }
            let count = try heads.length()
            var column = Column(mode: mode, values: [], low: lowStart, wide: wideStart, remaining: count)
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

    mutating func next(_ key: Int) throws(BlockError) -> Int {
        guard columns[key].remaining > 0 else { throw .damaged }
        columns[key].remaining -= 1
        switch columns[key].mode {
        case .constant: return columns[key].values[0]
        case .local:
            let local = Int(low[columns[key].low])
            columns[key].low += 1
            guard local < columns[key].values.count else { throw .damaged }
            return columns[key].values[local]
        case .direct:
            let position = columns[key].low
            let wide = columns[key].wide
            columns[key].low += 1
            columns[key].wide += 1
            var value = Int(low[position])
            if wide < middle.count { value |= Int(middle[wide]) << 8 }
            if wide * 2 + 1 < high.count { value |= Int(high[wide * 2]) << 16 | Int(high[wide * 2 + 1]) << 24 }
            return value
        }
    }
}
