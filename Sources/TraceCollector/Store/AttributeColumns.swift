/// Collects (key, value) pairs in order of the spans and writes them as one column per key.
struct AttributeColumns {
    private var keys: [UInt32] = []
    private var values: [UInt32] = []

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func append(key: Int, value: Int) {
        keys.append(UInt32(truncatingIfNeeded: key))
        values.append(UInt32(truncatingIfNeeded: value))
    }

    /// What `write` produces.
    struct Streams {
        var heads: [UInt8] = []
        var low: [UInt8] = []
        var middle: [UInt8] = []
        var high: [UInt8] = []
    }

    /// - Parameters:
    ///   - keyCount: keys are numbered below it.
    ///   - valueLimit: values are numbered below it.
    func write(keyCount: Int, valueLimit: Int) -> Streams {
        var streams = Streams()
        let (sorted, ends) = groupedByKey(keyCount)
        var local = LocalNumbers(valueLimit: valueLimit)
        var start = 0
        for key in 0..<keyCount {
            write(sorted, start..<ends[key], valueLimit, &local, &streams)
            start = ends[key]
        }
        return streams
    }

    /// A counting sort: values grouped by key, in order of the spans within each key, and where each group ends.
    private func groupedByKey(_ keyCount: Int) -> (values: [UInt32], ends: [Int]) {
        var positions = [Int](repeating: 0, count: keyCount + 1)
        for key in keys { positions[Int(key) + 1] += 1 }
        for key in 0..<keyCount { positions[key + 1] += positions[key] }
        var sorted = [UInt32](repeating: 0, count: values.count)
        for index in keys.indices {
            let key = Int(keys[index])
            sorted[positions[key]] = values[index]
            positions[key] += 1
        }
        return (sorted, positions)
    }

    private func write(
        _ values: [UInt32], _ range: Range<Int>, _ valueLimit: Int, _ local: inout LocalNumbers,
        _ streams: inout Streams
    ) {
        let distinct = local.number(values, range)
        if range.isEmpty || distinct.count == 1 {
            streams.heads.append(ColumnMode.constant.rawValue)
            streams.heads.appendVarint(range.count)
            streams.heads.appendVarint(UInt64(distinct.first ?? 0))
        } else if distinct.count <= 256, distinct.count * 2 <= range.count {
            streams.heads.append(ColumnMode.local.rawValue)
            streams.heads.appendVarint(range.count)
            streams.heads.appendVarint(distinct.count)
            for value in distinct { streams.heads.appendVarint(UInt64(value)) }
            for index in range { streams.low.append(UInt8(local.number(of: values[index]))) }
        } else {
            streams.heads.append(ColumnMode.direct.rawValue)
            streams.heads.appendVarint(range.count)
            for index in range { streams.low.append(UInt8(truncatingIfNeeded: values[index])) }
            guard valueLimit > 1 << 8 else { return }
            for index in range { streams.middle.append(UInt8(truncatingIfNeeded: values[index] >> 8)) }
            guard valueLimit > 1 << 16 else { return }
            for index in range {
                streams.high.append(UInt8(truncatingIfNeeded: values[index] >> 16))
                streams.high.append(UInt8(truncatingIfNeeded: values[index] >> 24))
            }
        }
    }
}

/// Numbers the distinct values of one column after the other, without clearing anything between them.
private struct LocalNumbers {
    private var epochs: [UInt32]
    private var numbers: [UInt32]
    private var epoch: UInt32 = 0

    init(valueLimit: Int) {
        epochs = [UInt32](repeating: 0, count: valueLimit)
        numbers = [UInt32](repeating: 0, count: valueLimit)
    }

    /// The distinct values in order of first sight.
    mutating func number(_ values: [UInt32], _ range: Range<Int>) -> [UInt32] {
        epoch += 1
        var distinct: [UInt32] = []
        for index in range {
            let value = Int(values[index])
            guard epochs[value] != epoch else { continue }
            epochs[value] = epoch
            numbers[value] = UInt32(distinct.count)
            distinct.append(values[index])
        }
        return distinct
    }

    func number(of value: UInt32) -> UInt32 { numbers[Int(value)] }
}
