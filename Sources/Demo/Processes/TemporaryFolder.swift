import EventLoop
import Foundation
import Glibc

/// A folder of the demo's own, for configuration, logs and data; gone when the demo ends.
struct TemporaryFolder {
    let path: String

    init() throws(SystemError) {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(parent)/martlet-demo.XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("make a folder in \(parent)") }
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func makeFolder(_ name: String) throws(SystemError) {
        guard unsafe mkdir("\(path)/\(name)", 0o700) == 0 || errno == EEXIST else {
            throw SystemError("make \(path)/\(name)")
        }
    }

    /// Replaces a file at once, so that a reader that watches it never sees half of it.
    func write(_ name: String, _ contents: String) throws(DemoError) {
        do {
            try contents.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        } catch {
            throw .start("cannot write \(path)/\(name): \(error.localizedDescription)")
        }
    }

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }
}
