import Bytes

/// Word-wise reads of borrowed bytes. One bounds check per word: `extracting` checks, and the optimiser turns the
/// eight single reads behind it into one load.
extension Span where Element == UInt8 {
    @inline(__always)
    func littleEndian64(at offset: Int) -> UInt64 {
        let word = extracting(offset..<offset + 8)
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(word[index]) << UInt64(8 * index) }
        return value
    }

    @inline(__always)
    func littleEndian32(at offset: Int) -> UInt32 {
        let word = extracting(offset..<offset + 4)
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(word[index]) << UInt32(8 * index) }
        return value
    }

    /// Identifiers are compared and stored as numbers whose hexadecimal form is the identifier's.
    @inline(__always)
    func bigEndian64(at offset: Int) -> UInt64 { littleEndian64(at: offset).byteSwapped }

    /// The last one to seven bytes before `end`, zero-extended.
    @inline(__always)
    func tail(from start: Int, to end: Int) -> UInt64 {
        var value: UInt64 = 0
        var position = end
        while position > start {
            position -= 1
            value = value << 8 | UInt64(self[position])
        }
        return value
    }

    /// True when `range` holds exactly the characters of `text`.
    func matches(_ range: ByteRange, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard range.count == count else { return false }
        let start = Int(range.start)
        let characters = text.rawBytes
        for index in 0..<count where characters[index] != self[start + index] { return false }
        return true
    }
}

extension [UInt8] {
    /// Appends a stretch of borrowed bytes.
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        // With nothing to add, the standard library writes a count of 0 into the empty array that all threads share.
        if range.isEmpty { return }
        let stretch = bytes.extracting(range)
        append(addingCapacity: stretch.count) { room in
            for index in stretch.indices { room.append(stretch[index]) }
        }
    }
}
