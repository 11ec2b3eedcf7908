import Bytes
import CLinux
import Glibc

/// Tells when a file has been written or replaced.
///
/// inotify watches its folder, so that renames over it are seen too, and the link that leads to it. What happens to other
/// files there is no change, nor is an event that comes after its change has been told.
package final class FileWatcher {
    private let path: String
    private let descriptor: Descriptor
    private let waiter: Waiter
    private let loop: EventLoop
    private var buffer = ByteBuffer(capacity: 4096)
    private var known: Version?

    /// - Parameter path: the file; its folder must exist.
    package init(path: String, loop: EventLoop) throws(SystemError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let number = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard number >= 0 else { throw SystemError("inotify_init1") }
        let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE)
        guard unsafe inotify_add_watch(number, folder, events) >= 0 else {
            let code = errno
            close(number)
            throw SystemError("watch \(folder)", code: code)
        }
        self.path = path
        self.loop = loop
        waiter = Waiter(loop: loop)
        descriptor = try Descriptor(number: number, kind: .other, loop: loop, waiter: waiter)
        known = Version(of: path)
    }

    /// Suspends until the file is another one than before, and `settling` more, so that one save is one change.
    package func next(settling: Duration = .milliseconds(50)) async {
        while true {
            while !drain() { _ = await waiter.wait() }
            await loop.sleep(for: settling)
            _ = drain()
            let found = Version(of: path)
            if found != known {
                known = found
                return
            }
        }
    }

    private func drain() -> Bool {
        var hasEvents = false
        while case .bytes = descriptor.read(into: &buffer, minimum: 4096) {
            hasEvents = true
            buffer.clear()
        }
        return hasEvents
    }

    /// What tells one version of a file from the next. Two writes within a tick of the file system's clock look the same,
    /// but both are older than `settling` when the file is read.
    private struct Version: Equatable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        /// nil when there is no such file.
        init?(of path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            device = status.st_dev
            inode = status.st_ino
            size = status.st_size
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }
}
