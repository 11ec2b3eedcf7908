import CNghttp2

/// The memory of one nghttp2 session.
///
/// Each stream takes half a dozen blocks of the same few sizes and gives them back, and dozens of streams do so in one turn of
/// the loop: more than the C library keeps at hand of one size, so that it merges and splits them every time. Here blocks of up
/// to 512 bytes stay in a list for each size until `trim`. They are never more than the streams of one moment have needed,
/// which the limits on streams bound.
@safe
struct LibraryMemory: ~Copyable {
    /// In front of each block stands its room in bytes, and keeps it aligned as malloc would.
    private static let headerBytes = 16
    private static let listedBytesMax = 512
    private static let listCount = listedBytesMax / 16 + 1

    private typealias Lists = UnsafeMutablePointer<UnsafeMutableRawPointer?>
    /// By room / 16: the first free block, which holds the address of the next.
    private let lists: Lists

    init() {
        unsafe lists = .allocate(capacity: Self.listCount)
        unsafe lists.initialize(repeating: nil, count: Self.listCount)
    }

    deinit {
        trim()
        unsafe lists.deallocate()
    }

    /// How nghttp2 asks for it, for as long as this lives.
    func allocator() -> nghttp2_mem {
        unsafe nghttp2_mem(
            mem_user_data: lists,
            malloc: { size, lists in unsafe LibraryMemory.take(size, LibraryMemory.lists(lists)) },
            free: { block, lists in unsafe LibraryMemory.give(block, LibraryMemory.lists(lists)) },
            calloc: { count, size, lists in
                let (byteCount, overflows) = count.multipliedReportingOverflow(by: size)
                guard !overflows, let block = unsafe LibraryMemory.take(byteCount, LibraryMemory.lists(lists)) else {
                    return nil
                }
                return unsafe memset(block, 0, byteCount)
            },
            realloc: { block, size, lists in unsafe LibraryMemory.resize(block, size, LibraryMemory.lists(lists)) })
    }

    /// Gives back what is free.
    func trim() {
        for list in 0..<Self.listCount {
            while let block = unsafe lists[list] {
                unsafe lists[list] = block.load(as: UnsafeMutableRawPointer?.self)
                unsafe free(block - Self.headerBytes)
            }
        }
    }

    private static func lists(_ pointer: UnsafeMutableRawPointer?) -> Lists? {
        unsafe pointer?.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    }

    private static func room(of block: UnsafeMutableRawPointer) -> Int {
        unsafe (block - headerBytes).load(as: Int.self)
    }

    private static func take(_ byteCount: Int, _ lists: Lists?) -> UnsafeMutableRawPointer? {
        let room = max(16, (byteCount + 15) & ~15)
        if room <= listedBytesMax, let lists = unsafe lists, let block = unsafe lists[room / 16] {
            unsafe lists[room / 16] = block.load(as: UnsafeMutableRawPointer?.self)
            return unsafe block
        }
        guard let base = unsafe malloc(headerBytes + room) else { return nil }
        unsafe base.storeBytes(of: room, as: Int.self)
        return unsafe base + headerBytes
    }

    private static func give(_ block: UnsafeMutableRawPointer?, _ lists: Lists?) {
        guard let block = unsafe block else { return }
        let room = unsafe room(of: block)
        guard room <= listedBytesMax, let lists = unsafe lists else { return unsafe free(block - headerBytes) }
        unsafe block.storeBytes(of: lists[room / 16], as: UnsafeMutableRawPointer?.self)
        unsafe lists[room / 16] = block
    }

    private static func resize(
        _ block: UnsafeMutableRawPointer?, _ byteCount: Int, _ lists: Lists?
    ) -> UnsafeMutableRawPointer? {
        guard let block = unsafe block else { return unsafe take(byteCount, lists) }
        let old = unsafe room(of: block)
        if byteCount <= old { return unsafe block }
        guard let larger = unsafe take(byteCount, lists) else { return nil }
        unsafe larger.copyMemory(from: block, byteCount: old)
        unsafe give(block, lists)
        return unsafe larger
    }
}
