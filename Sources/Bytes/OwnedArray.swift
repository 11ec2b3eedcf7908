/// A growable array whose elements need not be copyable and are changed where they stand, with no reference counting and no check
/// but that of the index. It owns its memory alone (`~Copyable`).
@safe
public struct OwnedArray<Element: ~Copyable>: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<Element>?
    private var capacity = 0
    public internal(set) var count = 0

    /// Allocates nothing until the first append.
    public init() { unsafe base = nil }

    deinit {
        unsafe base?.deinitialize(count: count)
        unsafe base?.deallocate()
    }

    /// Precondition: `index` is below `count`.
    @inlinable
    public subscript(index: Int) -> Element {
        @inline(__always) _read { yield unsafe address(of: index).pointee }
        @inline(__always) _modify { yield unsafe &address(of: index).pointee }
    }

    @inlinable
    @inline(__always)
    func address(of index: Int) -> UnsafeMutablePointer<Element> {
        guard index >= 0, index < count, let base = unsafe base else { preconditionFailure("no such element") }
        return unsafe base + index
    }

    public mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        unsafe base?.advanced(by: count).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        let grown = max(4, capacity * 2)
        let fresh = UnsafeMutablePointer<Element>.allocate(capacity: grown)
        if let base = unsafe base {
            unsafe fresh.moveInitialize(from: base, count: count)
            unsafe base.deallocate()
        }
        unsafe base = fresh
        capacity = grown
    }
}
