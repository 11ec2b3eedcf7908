import Dashboards
import Foundation
import Testing

/// `grafana/` and `alerts/` are committed so that they can be read, reviewed and used without building anything.
@Suite("The committed bundle")
struct CommittedFilesTests {
    static let committed =
        grafanaFiles().map { BundleFile(path: "grafana/\($0.path)", contents: $0.contents) }
        + alertFiles().map { BundleFile(path: "alerts/\($0.path)", contents: $0.contents) }

    private static let regenerates = ProcessInfo.processInfo.environment["MARTLET_REGENERATE"] == "1"

    @Test("is what the typed source generates, byte for byte", arguments: committed.map(\.path))
    func equality(path: String) throws {
        let file = try #require(Self.committed.first { $0.path == path })
        if Self.regenerates { try BundleWriter(directory: Repository.root.path).write([file]) }
        try #require(Repository.exists(path), "missing: run MARTLET_REGENERATE=1 swift test --filter CommittedFiles")
        let isEqual = try Repository.text(path) == file.contents
        #expect(isEqual, "\(path) is stale: run MARTLET_REGENERATE=1 swift test --filter CommittedFiles")
    }

    @Test("holds no file that nothing generates")
    func leftovers() throws {
        let generated = Set(Self.committed.map(\.path))
        for directory in ["grafana/dashboards", "alerts"] {
            for suffix in [".json", ".yaml"] {
                for name in try Repository.files(in: directory, suffix: suffix) {
                    #expect(generated.contains("\(directory)/\(name)"), "\(directory)/\(name) has no source")
                }
            }
        }
    }
}
