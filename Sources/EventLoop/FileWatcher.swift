import Bytes
import CLinux
import Glibc

/// Tells when a file has been written or replaced (inotify on its folder, so renames over it are seen too).
package final class FileWatcher {
    private let descriptor: Descriptor
    private let waiter: Waiter
    private let loop: EventLoop
    private var buffer = ByteBuffer(capacity: 4096)

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
        self.loop = loop
        waiter = Waiter(loop: loop)
        descriptor = try Descriptor(number: number, kind: .other, loop: loop, waiter: waiter)
    }

    /// Suspends until something in the folder changed, then for `settling` more so that one save is one change.
    package func next(settling: Duration = .milliseconds(50)) async {
        while !drain() { _ = await waiter.wait() }
        await loop.sleep(for: settling)
        _ = drain()
    }

    private func drain() -> Bool {
        var changed = false
        while case .bytes = descriptor.read(into: &buffer, minimum: 4096) { changed = true; buffer.clear() }
        return changed
    }
}
