/// Memory for the text of one message at a time, as NUL-terminated C strings. Reused, so a span costs no allocation once
/// the arena has grown to the largest seen.
@safe
struct TextArena: ~Copyable {
    private var base: UnsafeMutablePointer<CChar>
    private var capacity: Int
    private var used = 0

    init(capacity: Int) {
        unsafe base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { unsafe base.deallocate() }

    /// Forgets everything and makes room for `byteCount` bytes, terminators included. Pointers given out before end here.
    mutating func reset(byteCount: Int) {
        used = 0
        guard byteCount > capacity else { return }
        unsafe base.deallocate()
        capacity = max(byteCount, capacity * 2)
        unsafe base = .allocate(capacity: capacity)
    }

    /// Copies `text`; the pointer is valid until the next `reset`. A NUL within would end the string early on the wire,
    /// and no valid header or path has one; it is copied as a space.
    mutating func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        let start = unsafe base + used
        var text = text
        let count = text.withUTF8 { utf8 in
            precondition(utf8.count < capacity - used, "the arena was not reserved for this text")
            for index in utf8.indices {
                unsafe start[index] = utf8[index] == 0 ? 0x20 : CChar(bitPattern: utf8[index])
            }
            return utf8.count
        }
        unsafe start[count] = 0
        used += count + 1
        return unsafe start
    }
}
