import Bytes
import CLinux
import Glibc

/// Tells when one of some files has been written or replaced.
///
/// One inotify instance watches all their folders, since a user has few of them (128 by default). It watches folders, so that renames over it are seen too, and the link that leads to it. What happens to other
/// files there is no change, nor is an event that comes after its change has been told.
public final class FileWatcher {
    private let paths: [String]
    private let descriptor: Descriptor
    private let waiter: Waiter
    private let loop: EventLoop
    private var buffer = ByteBuffer(capacity: 4096)
    private var known: [Version?]

    /// - Parameter paths: the files; their folders must exist.
    public init(_ paths: [String], loop: EventLoop) throws(SystemError) {
        let number = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard number >= 0 else { throw SystemError("inotify_init1") }
        let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE)
        for folder in Set(paths.map(Self.folder)) {
            guard unsafe inotify_add_watch(number, folder, events) >= 0 else {
                let code = errno
                close(number)
                throw SystemError("watch \(folder)", code: code)
            }
        }
        self.paths = paths
        self.loop = loop
        waiter = Waiter(loop: loop)
        descriptor = try Descriptor(number: number, kind: .other, loop: loop, waiter: waiter)
        known = paths.map { Version(of: $0) }
    }

    /// - Parameter path: the file; its folder must exist.
    public convenience init(path: String, loop: EventLoop) throws(SystemError) { try self.init([path], loop: loop) }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Suspends until a file is another one than before, and `settling` more, so that one save is one change.
    public func next(settling: Duration = .milliseconds(50)) async {
        while true {
            while !drain() { _ = await waiter.wait() }
            await loop.sleep(for: settling)
            _ = drain()
            let found = paths.map { Version(of: $0) }
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
