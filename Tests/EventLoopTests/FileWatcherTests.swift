import EventLoop
import Foundation
import Testing

@Suite("A file watcher", .timeLimit(.minutes(1)))
struct FileWatcherTests {
    /// Counts what a watcher tells.
    private final class Watch {
        private let watcher: FileWatcher
        private(set) var told = 0
        var isOver = false

        init(_ watcher: FileWatcher) { self.watcher = watcher }

        func run() async {
            while !isOver {
                await watcher.next(settling: .milliseconds(20))
                told += 1
            }
        }
    }

    /// Watches `watched` in a fresh folder, does `change` there, then makes one more change that is certainly seen, and
    /// counts the changes that were told by then.
    private static func told(
        _ watched: String = "settings", atLeast expected: Int = 1,
        _ change: @escaping @Sendable (URL) async throws -> Void
    ) async throws -> Int {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-watch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try "one".write(to: folder.appending(path: "settings"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: "link").path, withDestinationPath: "settings")
        let path = folder.appending(path: watched).path
        let count = try await onLoop { loop in
            let watch = Watch(try FileWatcher(path: path, loop: loop))
            loop.spawn { [bound = LoopBound(watch, loop: loop)] in await bound.value.run() }
            try await change(folder)
            while watch.told < expected { await loop.sleep(for: .milliseconds(5)) }
            // That nothing more is told can only be waited for.
            await loop.sleep(for: .milliseconds(200))
            watch.isOver = true
            let before = watch.told
            try "the end".write(toFile: path, atomically: false, encoding: .utf8)
            while watch.told == before { await loop.sleep(for: .milliseconds(5)) }
            return before
        }
        try FileManager.default.removeItem(at: folder)
        return count
    }

    @Test("tells that the file was replaced, once")
    func replaced() async throws {
        let count = try await Self.told { folder in
            try "two".write(to: folder.appending(path: "settings"), atomically: true, encoding: .utf8)
        }
        #expect(count == 1)
    }

    @Test("tells that the file was written, once")
    func rewritten() async throws {
        let count = try await Self.told { folder in
            try "two".write(to: folder.appending(path: "settings"), atomically: false, encoding: .utf8)
        }
        #expect(count == 1)
    }

    @Test("tells that a link leads elsewhere")
    func relinked() async throws {
        let count = try await Self.told("link") { folder in
            try "other".write(to: folder.appending(path: "second"), atomically: true, encoding: .utf8)
            let fresh = folder.appending(path: "fresh").path
            try FileManager.default.createSymbolicLink(atPath: fresh, withDestinationPath: "second")
            let status = unsafe rename(fresh, folder.appending(path: "link").path)
            #expect(status == 0)
        }
        #expect(count == 1)
    }

    @Test("says nothing of other files in the folder")
    func others() async throws {
        let count = try await Self.told(atLeast: 0) { folder in
            for index in 0..<3 {
                try "x".write(to: folder.appending(path: "log\(index)"), atomically: true, encoding: .utf8)
            }
        }
        #expect(count == 0)
    }
}
