/// Bounds-checked reads from bytes that somebody else wrote; what the parsers stand on instead of pointers.
extension RawSpan {
    /// The byte at `offset`. Precondition: `offset` is inside.
    @inlinable
    public subscript(offset: Int) -> UInt8 {
        precondition(UInt(bitPattern: offset) < UInt(bitPattern: byteCount), "read outside the span")
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes from `offset`, the first in the lowest bits; bytes behind the end read as zero.
    /// Precondition: `0 ≤ offset ≤ byteCount`.
    @inlinable
    public func word(at offset: Int) -> UInt64 {
        precondition(UInt(bitPattern: offset) <= UInt(bitPattern: byteCount), "read outside the span")
        if byteCount &- offset >= 8 {
            return UInt64(
                littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
        }
        return lastWord(at: offset)
    }

    /// Fewer than eight bytes from `offset`: the end of the last eight, where there are so many.
    @inlinable
    func lastWord(at offset: Int) -> UInt64 {
        let count = byteCount &- offset
        if byteCount >= 8 {
            let last = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: byteCount &- 8, as: UInt64.self)
            return count == 0 ? 0 : UInt64(littleEndian: last) &>> UInt64((8 &- count) &* 8)
        }
        var word: UInt64 = 0
        var end = byteCount
        if count & 1 != 0 {
            end &-= 1
            word = UInt64(unsafe unsafeLoad(fromUncheckedByteOffset: end, as: UInt8.self))
        }
        if count & 2 != 0 {
            end &-= 2
            let half = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: end, as: UInt16.self)
            word = word &<< 16 | UInt64(UInt16(littleEndian: half))
        }
        if count & 4 != 0 {
            end &-= 4
            let half = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: end, as: UInt32.self)
            word = word &<< 32 | UInt64(UInt32(littleEndian: half))
        }
        return word
    }

    /// Looks for a byte in `start..<end`, eight at once.
    /// - Parameter test: answers a mask for eight bytes, the first in the lowest bits. Its lowest set bit must be in the first
    ///   byte that passes; higher ones may be anywhere.
    /// - Returns: where the first byte stands that passes; `end` where none does.
    @inlinable
    @inline(__always)
    public func firstOffset(from start: Int, to end: Int, where test: (UInt64) -> UInt64) -> Int {
        precondition(start >= 0 && end <= byteCount, "searched outside the span")
        var offset = start
        while offset < end {
            let isWhole = byteCount &- offset >= 8
            let word =
                isWhole
                ? UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
                : lastWord(at: offset)
            let passing = test(word)
            if passing != 0 { return min(offset &+ passing.trailingZeroBitCount &>> 3, end) }
            offset &+= 8
        }
        return end
    }

    /// Whether exactly these bytes stand here.
    @inlinable
    @inline(__always)
    public func equals(_ text: StaticString) -> Bool {
        byteCount == text.utf8CodeUnitCount && starts(with: text)
    }

    /// Whether the first bytes are `text`.
    @inlinable
    @inline(__always)
    public func starts(with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard byteCount >= count, count > 0 else { return count == 0 }
        return unsafe withUnsafeBytes { unsafe Self.areSame($0.baseAddress!, text.utf8Start, count) }
    }

    public func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount, byteCount > 0 else { return byteCount == other.byteCount }
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { unsafe Self.areSame(left.baseAddress!, $0.baseAddress!, left.count) }
        }
    }

    /// By words, of which the last may overlap the one before. Where `count` is a literal's, what is left is its comparisons.
    @inlinable
    @inline(__always)
    static func areSame(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        func differs<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type, at offset: Int) -> Bool {
            unsafe (left + offset).loadUnaligned(as: type) != (right + offset).loadUnaligned(as: type)
        }
        switch count {
        case 8...:
            let last = count &- 8
            var offset = 0
            while offset < last {
                if differs(UInt64.self, at: offset) { return false }
                offset &+= 8
            }
            return !differs(UInt64.self, at: last)
        case 4...: return !differs(UInt32.self, at: 0) && !differs(UInt32.self, at: count &- 4)
        case 2...: return !differs(UInt16.self, at: 0) && !differs(UInt16.self, at: count &- 2)
        case 1: return !differs(UInt8.self, at: 0)
        default: return true
        }
    }

    /// Whether these bytes are `lowercase`, where an ASCII letter may stand in either case.
    /// Precondition: `lowercase` holds no capital letter.
    public func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard byteCount == lowercase.utf8CodeUnitCount else { return false }
        for offset in 0..<byteCount {
            guard unsafe lowercase.utf8Start[offset] == self[offset].asciiLowercased else { return false }
        }
        return true
    }

    public func equalsIgnoringCase(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        for offset in 0..<byteCount {
            guard other[offset].asciiLowercased == self[offset].asciiLowercased else { return false }
        }
        return true
    }
}

extension UInt8 {
    @inlinable
    public var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

extension [UInt8] {
    /// The elements as bytes, without copying.
    public var rawBytes: RawSpan {
        @_lifetime(borrow self)
        get { unsafe span.bytes }
    }
}

extension Span<UInt8> {
    public var rawBytes: RawSpan {
        @_lifetime(copy self)
        get { unsafe bytes }
    }
}

extension StaticString {
    /// The text of a literal, which lives as long as the process. Precondition: it is not a single scalar.
    @inlinable
    public var rawBytes: RawSpan {
        @_lifetime(immortal)
        get {
            let view = unsafe UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: view), copying: ())
        }
    }
}

extension [UInt8] {
    /// A copy of these bytes.
    public init(_ bytes: RawSpan) {
        self = []
        append(bytes)
    }

    public mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}

extension String {
    /// Bytes that are not UTF-8 become U+FFFD.
    public init(decoding bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
