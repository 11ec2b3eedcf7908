import Dashboards
import Foundation
import Programs
import Testing

/// The working copy that the tests stand in.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    static func files(in directory: String, suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: directory).path)
            .filter { $0.hasSuffix(suffix) }.sorted()
    }
}

/// A directory that is gone when the test is over.
final class ScratchDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "martlet-dashboards-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(at: url) } catch { Issue.record(error) }
    }

    func write(_ files: [BundleFile]) throws { try BundleWriter(directory: url.path).write(files) }
}

/// A program of Prometheus' packages, run to its end.
enum Tool: String {
    case promtool
    case amtool

    func run(_ arguments: [String], in directory: URL = Repository.root) throws -> Program.Result {
        var program = Program.system(rawValue)
        program.directory = directory
        return try program.run(arguments)
    }
}
