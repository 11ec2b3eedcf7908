import CNghttp2
import Testing

@testable import HTTP2

/// What nghttp2 asks its memory for, and gets.
@Suite("The memory of nghttp2")
struct LibraryMemoryTests {
    @Test(
        "a block has its whole size, aligned, and no other block's bytes", arguments: [1, 16, 17, 511, 512, 513, 9000])
    func sizes(count: Int) {
        let memory = Client()
        let blocks = (0..<10).map { _ in memory.take(count) }
        for (index, block) in blocks.enumerated() {
            #expect(block != 0 && block % 16 == 0)
            memory.fill(block, count, with: UInt8(index))
        }
        for (index, block) in blocks.enumerated() {
            #expect(memory.bytes(of: block, count) == Array(repeating: UInt8(index), count: count))
            memory.give(block)
        }
        memory.give(0)
    }

    @Test("a freed block is the next one of its size, and of no other")
    func reuse() {
        let memory = Client()
        let first = memory.take(100)
        memory.give(first)
        let other = memory.take(200)
        #expect(other != first)
        #expect(memory.take(112) == first)
        #expect(memory.take(112) != first)
        memory.give(first)
        memory.give(other)
        memory.memory.trim()
        let block = memory.take(100)
        memory.fill(block, 100, with: 1)
        #expect(memory.bytes(of: block, 100) == Array(repeating: 1, count: 100))
        memory.give(block)
    }

    @Test("a used block comes zeroed where that is asked for, and a product too large for memory comes not at all")
    func zeroed() {
        let memory = Client()
        let used = memory.take(64)
        memory.fill(used, 64, with: 7)
        memory.give(used)
        #expect(memory.takeZeroed(8, 8) == used)
        #expect(memory.bytes(of: used, 64) == Array(repeating: 0, count: 64))
        memory.give(used)
        #expect(memory.takeZeroed(Int.max, 3) == 0)
    }

    @Test("a block that grows keeps its bytes", arguments: [(0, 40), (40, 41), (40, 600), (600, 20_000), (40, 10)])
    func resizing(from old: Int, to new: Int) {
        let memory = Client()
        let block = old == 0 ? 0 : memory.take(old)
        memory.fill(block, old, with: 9)
        let resized = memory.resize(block, new)
        #expect(resized != 0)
        #expect(memory.bytes(of: resized, min(old, new)) == Array(repeating: 9, count: min(old, new)))
        memory.fill(resized, new, with: 1)
        memory.give(resized)
    }
}

/// Asks as nghttp2 does. Blocks are named by their addresses; 0 is none.
private struct Client: ~Copyable {
    let memory = LibraryMemory()

    private func pointer(_ block: UInt) -> UnsafeMutableRawPointer? {
        unsafe UnsafeMutableRawPointer(bitPattern: block)
    }

    func take(_ count: Int) -> UInt {
        let allocator = unsafe memory.allocator()
        return unsafe UInt(bitPattern: allocator.malloc(count, allocator.mem_user_data))
    }

    func takeZeroed(_ count: Int, _ size: Int) -> UInt {
        let allocator = unsafe memory.allocator()
        return unsafe UInt(bitPattern: allocator.calloc(count, size, allocator.mem_user_data))
    }

    func resize(_ block: UInt, _ count: Int) -> UInt {
        let allocator = unsafe memory.allocator()
        return unsafe UInt(bitPattern: allocator.realloc(pointer(block), count, allocator.mem_user_data))
    }

    func give(_ block: UInt) {
        let allocator = unsafe memory.allocator()
        unsafe allocator.free(pointer(block), allocator.mem_user_data)
    }

    func fill(_ block: UInt, _ count: Int, with byte: UInt8) {
        for offset in 0..<count { unsafe pointer(block)?.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self) }
    }

    func bytes(of block: UInt, _ count: Int) -> [UInt8] {
        (0..<count).map { offset in unsafe pointer(block)?.load(fromByteOffset: offset, as: UInt8.self) ?? 0 }
    }
}
