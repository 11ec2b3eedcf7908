import Glibc

/// Keeps a second collector away from a store's directory for as long as this value lives; the kernel lets go of it
/// when the process dies.
struct StoreLock: ~Copyable {
    private let descriptor: Int32

    static let fileName = "lock"

    /// - Throws: `StoreError.inUse` when another process has the directory.
    init(directory: String) throws(StoreError) {
        let path = directory + "/" + Self.fileName
        let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw .directory(path: directory, code: errno) }
        // Assigned last: a throw after that would run `deinit` and close the file a second time.
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(opened)
            throw code == EWOULDBLOCK ? .inUse(path: directory) : .directory(path: directory, code: code)
        }
        descriptor = opened
    }

    deinit { close(descriptor) }
}
