import Testing

@Suite("Memory safety")
struct SafetyTests {
    private static let rooms: Set = ["Bytes", "EventLoop", "TLS"]

    /// A file at the edge of a C module imports that module itself.
    private static func isEdge(_ file: SourceFile) -> Bool {
        let modules = PackageManifest.current.targets.map(\.name).filter { $0.contains(/^C[A-Z]/) }
        return !file.imports.isDisjoint(with: modules + ["Glibc"])
    }

    @Test("unsafe appears in Bytes, EventLoop, TLS and at the edges of C modules only")
    func rooms() {
        for file in WorkingCopy.sources where !Self.rooms.contains(file.target) && !Self.isEdge(file) {
            #expect(file.places(of: #"\bunsafe\b"#) == [], "use what Bytes offers")
        }
    }

    @Test("every target is built with the settings that make unsafe code say so")
    func settings() throws {
        let manifest = try #require(WorkingCopy.text("Package.swift"))
        #expect(manifest.contains(".strictMemorySafety()"))
        #expect(manifest.contains(".treatAllWarnings(as: .error)"))
        #expect(!manifest.contains("unsafeFlags"))
    }

    @Test("no forced try, and no unchecked Sendable without its proof above it")
    func unproved() {
        for file in WorkingCopy.sources {
            #expect(file.places(of: #"\btry!"#) == [])
            for (index, line) in file.lines.enumerated() where line.contains("@unchecked Sendable") {
                let above = file.lines[max(0, index - 2)..<index]
                #expect(above.contains { $0.contains("//") }, "\(file.path):\(index + 1) does not say why it is safe")
            }
        }
    }
}
