import Dashboards
import Foundation
import Testing

@Suite("Writing a bundle")
struct BundleWriterTests {
    private let file = BundleFile(path: "a/b/c.yaml", contents: "one\n")

    private func message(_ directory: String, _ files: [BundleFile]) -> String? {
        do {
            try BundleWriter(directory: directory).write(files)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("makes the directories it needs, replaces what is there and leaves no draft")
    func replaces() throws {
        let scratch = try ScratchDirectory()
        let target = scratch.url.appending(path: "new/place")
        try BundleWriter(directory: target.path).write([file])
        try BundleWriter(directory: target.path).write([BundleFile(path: file.path, contents: "two\n")])
        #expect(try String(contentsOf: target.appending(path: file.path), encoding: .utf8) == "two\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: target.appending(path: "a/b").path)
        #expect(names == ["c.yaml"])
    }

    @Test("writes below a relative directory")
    func relative() throws {
        let scratch = try ScratchDirectory()
        let up = String(repeating: "../", count: 40)
        #expect(message(up + scratch.url.path.dropFirst(), [file]) == nil)
    }

    @Test("says which file and why, when a file stands where a directory must be")
    func blocked() throws {
        let scratch = try ScratchDirectory()
        try "x".write(to: scratch.url.appending(path: "a"), atomically: true, encoding: .utf8)
        #expect(
            message(scratch.url.path, [file])
                == "cannot make directory \(scratch.url.path)/a/b: Not a directory; "
                + "choose a directory that you may write to")
    }

    @Test("says so when the directory cannot be written to")
    func unwritable() {
        #expect(
            message("/proc/martlet", [file])
                == "cannot make directory /proc/martlet: No such file or directory; "
                + "choose a directory that you may write to")
    }
}
