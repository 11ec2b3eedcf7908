import Testing

@Suite("Documents")
struct DocumentTests {
    private static let documents = WorkingCopy.files.filter { $0.hasSuffix(".md") }

    private static func text(_ path: String) throws -> String { try #require(WorkingCopy.text(path), "\(path)") }

    /// The folder of a file, with its slash; empty at the root.
    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    @Test("every relative link leads to a file")
    func links() throws {
        #expect(Set(Self.documents).isSuperset(of: ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"]))
        for document in Self.documents {
            for link in try Self.text(document).groups(of: #"\]\(([^)\s#]+)[^)]*\)"#).map({ $0[1] }) {
                if link.contains("://") { continue }
                #expect(WorkingCopy.exists(Self.folder(of: document) + link), "\(document): \(link)")
            }
        }
    }

    @Test("the table of rooms in ARCHITECTURE.md names every target")
    func rooms() throws {
        let rows = try Self.text("ARCHITECTURE.md").groups(of: #"^\|.*$"#).map { $0[0] }.joined()
        let named = Set(rows.groups(of: "`([\\w-]+)`").map { $0[1] })
        for target in PackageManifest.current.targets {
            #expect(named.contains(target.name), "\(target.name) has no room")
        }
    }

    @Test("every make target that a document or CI names is in the Makefile")
    func makeTargets() throws {
        let targets = Set(try Self.text("Makefile").groups(of: "^([a-z][a-z-]*):").map { $0[1] })
        #expect(targets.isSuperset(of: ["build", "test", "demo", "bench", "lint"]))
        for document in Self.documents + [".ci/run"] {
            for command in try Self.text(document).groups(of: "(?:`|^)make ([a-z][a-z-]+)").map({ $0[1] }) {
                #expect(targets.contains(command), "\(document): make \(command)")
            }
        }
    }

    @Test("no file names a path of the machine that it was written on")
    func machinePaths() {
        // Put together here, so that this file is not a finding.
        let paths = ["work", "root", "opt/swift"].joined(separator: "|")
        for file in WorkingCopy.files {
            let found = WorkingCopy.text(file)?.groups(of: "(?<![\\w.*}$/-])/(?:\(paths))(?![\\w-])") ?? []
            #expect(found == [], "\(file)")
        }
    }
}
