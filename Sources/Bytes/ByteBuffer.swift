/// A growable region of bytes with one reader and one writer position: `0 ≤ readIndex ≤ writeIndex ≤ capacity`.
///
/// Bytes are appended at the end and consumed from the front; when everything has been consumed both positions
/// return to zero, so a buffer that is drained between messages never moves memory. It owns its memory alone
/// (`~Copyable`) and belongs to one loop.
@safe
public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    public internal(set) var capacity: Int
    @usableFromInline var readIndex = 0
    @usableFromInline var writeIndex = 0

    /// - Parameter capacity: bytes to allocate at once; 0 allocates nothing until the first append.
    public init(capacity: Int = 0) {
        let rounded = max(capacity, 16)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: 16)
        self.capacity = rounded
    }

    deinit { unsafe base.deallocate() }

    /// Bytes that can be read now.
    public var count: Int { writeIndex - readIndex }
    public var isEmpty: Bool { writeIndex == readIndex }
    /// Bytes that can be appended without growing or moving anything.
    public var writableCount: Int { capacity - writeIndex }

    /// The readable bytes; valid until the next mutation.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let view = unsafe UnsafeRawBufferPointer(start: base + readIndex, count: count)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: view), borrowing: self)
        }
    }

    /// Drops `byteCount` bytes from the front. Precondition: that many are readable.
    public mutating func consume(_ byteCount: Int) {
        precondition(byteCount >= 0 && byteCount <= count, "consumed more than was readable")
        readIndex += byteCount
        if readIndex == writeIndex { clear() }
    }

    /// Takes `byteCount` bytes from the front to the end of `other`. Precondition: that many are readable.
    public mutating func move(first byteCount: Int, to other: inout ByteBuffer) {
        other.append(bytes.extracting(first: byteCount))
        consume(byteCount)
    }

    public mutating func clear() {
        readIndex = 0
        writeIndex = 0
    }

    /// Makes room for at least `byteCount` more bytes: first by moving the readable bytes to the front, then by
    /// doubling.
    @inlinable
    @inline(__always)
    public mutating func reserve(_ byteCount: Int) {
        if capacity - writeIndex < byteCount { makeRoom(byteCount) }
    }

    @inline(never)
    @usableFromInline
    mutating func makeRoom(_ byteCount: Int) {
        let kept = count
        if capacity - kept >= byteCount && readIndex > 0 {
            unsafe base.copyMemory(from: base + readIndex, byteCount: kept)
        } else {
            let grown = max(capacity * 2, kept + byteCount)
            let fresh = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
            unsafe fresh.copyMemory(from: base + readIndex, byteCount: kept)
            unsafe base.deallocate()
            unsafe base = fresh
            capacity = grown
        }
        readIndex = 0
        writeIndex = kept
    }

    // MARK: Appending

    @inlinable
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: writeIndex, as: UInt8.self)
        writeIndex += 1
    }

    public mutating func append(_ span: borrowing RawSpan) {
        reserve(span.byteCount)
        put(span)
    }

    /// Appends `name: value` and CRLF, and asks for room once.
    public mutating func append(line name: borrowing RawSpan, _ value: borrowing RawSpan) {
        reserve(name.byteCount + value.byteCount + 4)
        put(name)
        put(UInt8(ascii: ":"), UInt8(ascii: " "))
        put(value)
        put(UInt8(ascii: "\r"), UInt8(ascii: "\n"))
    }

    // Precondition of both: there is room.

    @inline(__always)
    private mutating func put(_ span: borrowing RawSpan) {
        let added = span.byteCount
        guard added > 0 else { return }
        unsafe span.withUnsafeBytes { unsafe Self.copy($0.baseAddress!, to: base + writeIndex, added) }
        writeIndex += added
    }

    @inline(__always)
    private mutating func put(_ first: UInt8, _ second: UInt8) {
        let both = (UInt16(first) | UInt16(second) &<< 8).littleEndian
        unsafe base.storeBytes(of: both, toByteOffset: writeIndex, as: UInt16.self)
        writeIndex += 2
    }

    /// Eight bytes, the lowest first.
    @inlinable
    public mutating func append(word: UInt64) {
        reserve(8)
        unsafe base.storeBytes(of: word.littleEndian, toByteOffset: writeIndex, as: UInt64.self)
        writeIndex += 8
    }

    /// Appends bytes of this very buffer once more. Precondition: `range`, counted from the front, is readable.
    public mutating func append(copyOf range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "copied more than was readable")
        reserve(range.count)
        unsafe (base + writeIndex).copyMemory(from: base + readIndex + range.lowerBound, byteCount: range.count)
        writeIndex += range.count
    }

    @inlinable
    @inline(__always)
    public mutating func append(_ text: StaticString) {
        let added = text.utf8CodeUnitCount
        reserve(added)
        unsafe Self.copy(text.utf8Start, to: base + writeIndex, added)
        writeIndex += added
    }

    /// What a head is made of is seldom longer than 32 bytes: they are moved here, overlapping, without a call. Where
    /// `byteCount` is a literal's, what is left is its stores.
    @inlinable
    @inline(__always)
    static func copy(
        _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ byteCount: Int
    ) {
        func move<Word: BitwiseCopyable>(_ type: Word.Type) {
            let last = byteCount &- MemoryLayout<Word>.size
            let (first, second) = unsafe (source.loadUnaligned(as: type), (source + last).loadUnaligned(as: type))
            unsafe target.storeBytes(of: first, as: type)
            unsafe target.storeBytes(of: second, toByteOffset: last, as: type)
        }
        switch byteCount {
        case 33...: unsafe target.copyMemory(from: source, byteCount: byteCount)
        case 16...: move(SIMD16<UInt8>.self)
        case 8...: move(UInt64.self)
        case 4...: move(UInt32.self)
        case 2...: move(UInt16.self)
        case 1: move(UInt8.self)
        default: break
        }
    }

    @_disfavoredOverload
    public mutating func append(_ text: String) {
        let isTaken: Void? = unsafe text.utf8.withContiguousStorageIfAvailable {
            unsafe append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer($0)))
        }
        guard isTaken == nil else { return }
        for byte in text.utf8 { append(byte) }
    }

    /// The decimal digits of `number`.
    public mutating func append(decimal number: UInt64) {
        var length = 1
        var bound: UInt64 = 10
        // 10^19 is the largest power that there is.
        while number >= bound {
            length &+= 1
            if length == 20 { break }
            bound &*= 10
        }
        reserve(length)
        var rest = number
        var position = writeIndex &+ length
        while position > writeIndex {
            position &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe base.storeBytes(of: 48 &+ UInt8(truncatingIfNeeded: digit), toByteOffset: position, as: UInt8.self)
            rest = quotient
        }
        writeIndex += length
    }

    // MARK: System calls

    /// Hands the writable room (at least `minimum` bytes) to a system call; `body` returns how many it filled.
    public mutating func withWritableBytes<Failure: Error>(
        minimum: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        reserve(minimum)
        let room = unsafe UnsafeMutableRawBufferPointer(start: base + writeIndex, count: writableCount)
        let filled = try unsafe body(room)
        precondition(filled >= 0 && filled <= writableCount, "more bytes reported than there was room for")
        writeIndex += filled
        return filled
    }

    /// Hands the readable bytes to a system call; nothing is consumed.
    public borrowing func withReadableBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base + readIndex, count: count))
    }
}
