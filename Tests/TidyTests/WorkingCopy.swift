import Foundation

/// The files of the working copy that the tests stand in, by path relative to its root.
enum WorkingCopy {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Beginnings of the names that `.gitignore` keeps out; `.git` itself is a file in a linked work tree.
    private static let ignored = [".git", ".build", ".swiftpm", ".venv", "__pycache__", "Package.resolved"]

    static let files = files(under: "")
    static let sources = sourceFiles(under: "Sources/")
    static let tests = sourceFiles(under: "Tests/")

    /// - Returns: nil for a file that is not text.
    static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: absolute(path)).flatMap { String(validating: $0, as: UTF8.self) }
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: absolute(path)) }

    private static func absolute(_ path: String) -> String { root.appending(path: path).path }

    private static func sourceFiles(under folder: String) -> [SourceFile] {
        files.filter { $0.hasPrefix(folder) && $0.hasSuffix(".swift") }.map(SourceFile.init)
    }

    private static func files(under folder: String) -> [String] {
        let manager = FileManager.default
        let enumerator = manager.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
        guard let enumerator else { return [] }
        var found: [String] = []
        for case let url as URL in enumerator {
            if ignored.contains(where: url.lastPathComponent.hasPrefix), url.lastPathComponent != ".gitignore" {
                enumerator.skipDescendants()
            } else if !url.hasDirectoryPath {
                found.append(String(url.path.dropFirst(root.path.count + 1)))
            }
        }
        return found.sorted()
    }
}
