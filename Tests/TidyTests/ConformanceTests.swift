import Testing

@Suite("The conformance page")
struct ConformanceTests {
    private struct Row {
        let id: String
        let files: [String]
    }

    private static let rows = (WorkingCopy.text("docs/conformance.md") ?? "")
        .groups(of: #"^\| ([A-Z]\d+) \|.*\| ([^|]+) \|$"#)
        .map { row in Row(id: row[1], files: row[2].groups(of: "`(\\w+)`").map { $0[1] }) }

    /// The names of the tests of each file, and of their cases where those carry one.
    private static let names = Dictionary(
        WorkingCopy.tests.map { file in
            let text = WorkingCopy.text(file.path) ?? ""
            let found = text.groups(of: #"(?:@Test\(|@Suite\(|\b(?:Refused|Case)\()\s*"((?:[^"\\]|\\.)*)""#)
            return (String(file.typeName), found.map { $0[1] })
        }, uniquingKeysWith: +)

    @Test("the page lists every case of the checklist once")
    func complete() {
        let counts = ["F": 27, "S": 13, "L": 17, "O": 6, "V": 12, "I": 7, "K": 15, "U": 7, "N": 8, "R": 10, "D": 25]
        let numbered = counts.flatMap { letter, count in (1...count).map { "\(letter)\($0)" } }
        let statuses = [
            400, 403, 404, 405, 408, 411, 413, 414, 417, 421, 425, 426, 429, 431, 500, 501, 502, 503, 504, 505, 508,
        ].map { "E\($0)" }
        #expect(Self.rows.map(\.id).sorted() == (numbered + statuses).sorted())
    }

    @Test("every case is in the name of a test in each file that its line names")
    func tested() {
        for row in Self.rows {
            #expect(!row.files.isEmpty, "\(row.id)")
            for file in row.files {
                let names = Self.names[file] ?? []
                #expect(names.contains { !$0.matches(of: "\\b\(row.id)\\b").isEmpty }, "\(row.id) in \(file)")
            }
        }
    }

    @Test("every case that a test of the codec or the proxy names is on the page")
    func known() {
        let listed = Set(Self.rows.map(\.id))
        for (file, names) in Self.names {
            for name in names {
                for id in name.groups(of: #"^(?:[A-Z]\d+, )*([FSLOVIKUNRDE]\d+)\b"#).map({ $0[1] }) {
                    #expect(listed.contains(id), "\(file): \(name)")
                }
            }
        }
    }
}
