internal import Compression

/// Splits a packed part of a block into its streams and expands them on demand.
struct BlockStreams {
    private let packed: [UInt8]
    private var places: [(range: Range<Int>, length: Int)] = []
    private(set) var counts: [UInt64] = []

    init(_ packed: [UInt8], streams: Int, counts countOfCounts: Int) throws(BlockError) {
        self.packed = packed
        var reader = StreamReader(packed)
        let version = try reader.varint()
        guard version == BlockFormat.version else { throw .unknownVersion(version) }
        for _ in 0..<countOfCounts { counts.append(try reader.varint()) }
        var lengths: [(length: Int, stored: Int)] = []
        for _ in 0..<streams { lengths.append((try reader.length(), try reader.length())) }
        var start = reader.position
        for entry in lengths {
            guard entry.stored <= packed.count - start, entry.stored <= entry.length else { throw .damaged }
            places.append((start..<start + entry.stored, entry.length))
            start += entry.stored
        }
    }

    func stream(_ index: Int) throws(BlockError) -> StreamReader {
        let place = places[index]
        if place.range.count == place.length { return StreamReader(Array(packed[place.range])) }
        let bytes: [UInt8]
        do {
            bytes = try Zstd.decompress(Array(packed[place.range]), limit: place.length)
        } catch {
            throw .damaged
        }
        guard bytes.count == place.length else { throw .damaged }
        return StreamReader(bytes)
    }
}

/// Reads one expanded stream from front to back.
struct StreamReader {
    private let bytes: [UInt8]
    private(set) var position = 0

    /// All bytes, read or not.
    var contents: [UInt8] { bytes }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() throws(BlockError) -> UInt8 {
        guard position < bytes.count else { throw .damaged }
        position += 1
        return bytes[position - 1]
    }

    mutating func varint() throws(BlockError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        throw .damaged
    }

    /// A varint that counts things in memory, so it must be small.
    mutating func length() throws(BlockError) -> Int {
        let value = try varint()
        guard value <= UInt64(UInt32.max) else { throw .damaged }
        return Int(value)
    }

    mutating func zigzag() throws(BlockError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func littleEndian64() throws(BlockError) -> UInt64 {
        guard bytes.count - position >= 8 else { throw .damaged }
        defer { position += 8 }
        return bytes.span.littleEndian64(at: position)
    }

    mutating func take(_ count: Int) throws(BlockError) -> [UInt8] {
        guard count >= 0, bytes.count - position >= count else { throw .damaged }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }
}
