import Glibc

/// Keeps a second collector away from a store's directory for as long as this value lives; the kernel lets go of it
/// when the process dies.
struct StoreLock: ~Copyable {
    private let descriptor: Int32

    static let fileName = "lock"

    /// - Throws: `StoreError.inUse` when another process has the directory.
    init(directory: String) throws(StoreError) {
        let path = directory + "/" + Self.fileName
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .directory(path: directory, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK ? .inUse(path: directory) : .directory(path: directory, code: code)
        }
    }

    deinit { close(descriptor) }
}
