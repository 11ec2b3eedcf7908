import Testing

@testable import Configuration

@Suite("Files that are not configurations")
struct FileErrorTests {
    private func errors(_ bytes: [UInt8]) -> String {
        do {
            _ = try ProxyConfiguration.load(file: ConfigurationFile(name: "p.yaml", bytes: bytes), flags: [])
            return "valid"
        } catch {
            return error.description
        }
    }

    @Test(
        "A syntax error is reported with its line, in libyaml's words",
        arguments: [
            (
                "name: [a",
                "p.yaml:2: not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins on line 1"
            ),
            ("name: a\n b: c", "p.yaml:2: not YAML: mapping values are not allowed in this context"),
            (
                "name: a\n\tworkers: 1",
                "p.yaml:2: not YAML: found a tab character that violates indentation while scanning a plain scalar that begins on line 1"
            ),
            (
                "name: 'a\nb: c",
                "p.yaml:2: not YAML: found unexpected end of stream while scanning a quoted scalar that begins on line 1"
            ),
            ("name: a\nb: \u{7}", "p.yaml:2: not YAML: control characters are not allowed"),
        ])
    func syntax(text: String, message: String) { #expect(errors(Array(text.utf8)) == message) }

    @Test("Bytes that are not UTF-8 are refused where they stand")
    func encoding() {
        #expect(errors(Array("name: a\nb: ".utf8) + [0xFF]) == "p.yaml:2: not YAML: invalid leading UTF-8 octet")
        #expect(errors([0xFF, 0xFE, 0x61, 0x00]) == "p.yaml:1: not YAML: invalid leading UTF-8 octet")
    }

    @Test("Aliases are refused, so that a small file cannot grow in memory")
    func aliases() {
        #expect(
            errors(Array("name: &a x\nworkers: *a\n".utf8)) == """
                p.yaml:1: name: anchors (&name) and tags (!name) are not supported; write the plain value
                p.yaml:2: workers: aliases (*name) are not supported; write the value out
                p.yaml: missing: nothing to carry; give inbound.forward (--forward) or outbound.targets (--target) or both
                """)
    }

    @Test("Nesting beyond the limit is refused before it costs anything")
    func depth() {
        let deepest = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        let tooDeep = String(repeating: "[", count: 18) + String(repeating: "]", count: 18)
        #expect(YAMLDocument(Array(deepest.utf8)).faults.isEmpty)
        #expect(YAMLDocument(Array(tooDeep.utf8)).faults.map(\.problem) == [.tooDeep(limit: 16)])
        #expect(
            YAMLDocument(Array(String(repeating: "[", count: 4 << 20).utf8)).faults.map(\.problem) == [
                .tooDeep(limit: 16)
            ])
    }

    @Test("A file beyond the size limit is refused unread")
    func size() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 4 << 20)
        #expect(YAMLDocument(bytes).faults.isEmpty)
        #expect(errors(bytes + [10]) == "p.yaml: has 4194305 bytes; at most 4194304 are read")
    }

    @Test("An empty file says what is missing")
    func empty() {
        let expected = """
            p.yaml: name: missing: a service name (for example checkout), here or as --name
            p.yaml: missing: nothing to carry; give inbound.forward (--forward) or outbound.targets (--target) or both
            """
        for text in ["", "\n", "# nothing\n", "---\n", "{}", "inbound:\n", "inbound: {}\noutbound: {}"] {
            #expect(errors(Array(text.utf8)) == expected)
        }
    }

    @Test("A file that cannot be read is named with the system's reason")
    func unreadable() {
        #expect(throws: ConfigurationErrors.self) { try ConfigurationFile.read("/nonexistent/p.yaml") }
        do {
            _ = try ConfigurationFile.read("/nonexistent/p.yaml")
        } catch {
            #expect(error.description == "/nonexistent/p.yaml: cannot be read: No such file or directory")
        }
        do {
            _ = try ConfigurationFile.read("/")
        } catch {
            #expect(error.description == "/: cannot be read: Is a directory")
        }
    }

    @Test("No bytes whatever make the reader crash, and what it accepts it can write", arguments: 0..<20)
    func randomBytes(seed: UInt64) {
        var random = SplitMix64(state: seed)
        let pieces = [
            "name", "workers", "outbound", "targets", "endpoints", "routes", ":", ": ", "- ", "\n", "\n  ", "\n    ",
            "[",
            "]", "{", "}", ",", "'", "\"", "&a", "*a", "!t", "|", ">", "#", "---", "...", "%YAML", "?", "a:1", "1s",
            "\t",
            "\u{FEFF}", "é", "<<",
        ].map { Array($0.utf8) }
        for _ in 0..<250 {
            var bytes: [UInt8] = []
            for _ in 0..<Int(random.next() % 40) {
                let isRaw = random.next() % 8 == 0
                bytes +=
                    isRaw
                    ? [UInt8(truncatingIfNeeded: random.next())] : pieces[Int(random.next() % UInt64(pieces.count))]
            }
            let document = YAMLDocument(bytes)
            #expect(document.root != nil || errors(bytes) != "valid")
            guard let root = document.root, document.faults.isEmpty, !root.isScalar else { continue }
            let written = YAMLWriter(root.requoted).text
            let again = YAMLDocument(Array(written.utf8))
            #expect(
                again.root.map { YAMLWriter($0.requoted).text } == written,
                "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension YAMLNode {
    /// With every scalar quoted as the writer's callers do it: by its text.
    var requoted: YAMLNode {
        switch content {
        case .scalar(let text, _): .text(text)
        case .sequence(let elements): YAMLNode(.sequence(elements.map(\.requoted)))
        case .mapping(let entries):
            YAMLNode(.mapping(entries.map { YAMLEntry(key: $0.key, keyMark: .start, value: $0.value.requoted) }))
        case .refused: self
        }
    }

    var isScalar: Bool { if case .scalar = content { true } else { false } }
}
