import COpenSSL
import Foundation
import Synchronization

/// Counts what OpenSSL allocates, exactly, whatever allocator, sanitizer or neighbour the process has.
enum OpenSSLMemory {
    /// Bytes that OpenSSL holds, each block as large as glibc makes it.
    static var heldBytes: Int { held.load(ordering: .relaxed) }

    private static let held = Atomic(0)
    /// In front of every block stands its size, in as much room as keeps blocks aligned.
    private static let header = 16

    /// Begins to count; false when OpenSSL has allocated something already.
    static func count() -> Bool {
        unsafe CRYPTO_set_mem_functions(
            { size, _, _ in unsafe OpenSSLMemory.allocate(size) },
            { block, size, _, _ in unsafe OpenSSLMemory.resize(block, size) },
            { block, _, _ in unsafe OpenSSLMemory.free(block) }) == 1
    }

    /// Eight bytes of glibc's own, rounded up to 16, and 32 at least.
    private static func chunk(_ size: Int) -> Int { max(32, (size + 8 + 15) & ~15) }

    private static func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size > 0, let start = unsafe malloc(size + header) else { return nil }
        unsafe start.storeBytes(of: size, as: Int.self)
        held.add(chunk(size), ordering: .relaxed)
        return unsafe start + header
    }

    private static func resize(_ block: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
        guard let block = unsafe block else { return unsafe allocate(size) }
        let fresh = unsafe allocate(size)
        let old = unsafe (block - header).load(as: Int.self)
        unsafe fresh?.copyMemory(from: block, byteCount: min(old, size))
        unsafe free(block)
        return unsafe fresh
    }

    private static func free(_ block: UnsafeMutableRawPointer?) {
        guard let start = unsafe block.map({ unsafe $0 - header }) else { return }
        held.subtract(chunk(unsafe start.load(as: Int.self)), ordering: .relaxed)
        unsafe Foundation.free(start)
    }
}
