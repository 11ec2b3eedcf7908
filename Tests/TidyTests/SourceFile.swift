import Foundation

/// One Swift file. swift-format fixes the layout that this relies on.
struct SourceFile {
    let path: String
    let lines: [Substring]
    /// Without what stands behind `//`; the lines are the same.
    private let code: String

    init(_ path: String) {
        self.path = path
        let text = WorkingCopy.text(path) ?? ""
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code = text.replacingOccurrences(of: "//[^\n]*", with: "", options: .regularExpression)
    }

    /// `Sources/Proxy/Worker/Worker.swift` belongs to `Proxy`, an executable's file to the executable.
    var target: String {
        let parts = path.split(separator: "/")
        return String(parts[1] == "Executables" ? parts[2] : parts[1])
    }

    /// The file's name without its extension and without the `+Topic` of an extension.
    var typeName: Substring {
        let name = path.split(separator: "/").last ?? ""
        return name.prefix { $0 != "." && $0 != "+" }
    }

    var imports: Set<String> {
        Set(code.groups(of: #"^ *(?:[@a-z]\w* +)*import +(?:(?:struct|class|enum|func) +)?(\w+)"#).map { $0[1] })
    }

    /// Where the code, comments apart, matches; `path:line` each.
    func places(of pattern: String) -> [String] {
        code.matches(of: pattern).map { "\(path):\(code.line(of: $0))" }
    }

    struct Function {
        let name: String
        let line: Int
        let lineCount: Int
    }

    /// Every function, initialiser and subscript with a body of more than one line.
    var functions: [Function] {
        let declaration = #"^( *)(?:[@a-z]\w*(?:\([^)\n]*\))? +)*(func +[^\s(<]+|init|deinit|subscript)\b"#
        return code.matches(of: declaration).compactMap { match in
            let start = code.line(of: match) - 1
            let (indentation, name) = (code.group(1, of: match), code.group(2, of: match))
            guard let opening = lines[start...].firstIndex(where: { $0.hasSuffix("{") || $0.hasSuffix("}") }),
                lines[opening].hasSuffix("{"),
                let end = lines[opening...].dropFirst().firstIndex(where: { $0.hasPrefix(indentation + "}") })
            else { return nil }
            return Function(name: name, line: start + 1, lineCount: end - start + 1)
        }
    }
}

/// Regular expressions of Foundation, where `^` and `$` stand for the ends of a line: in a debug build they read the whole
/// tree in a fraction of a second, which those of the standard library do not.
extension String {
    func matches(of pattern: String) -> [NSTextCheckingResult] {
        do {
            let expression = try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
            return expression.matches(in: self, range: NSRange(startIndex..., in: self))
        } catch {
            preconditionFailure("\(pattern): \(error)")
        }
    }

    /// All groups of all matches; a group that took no part is empty.
    func groups(of pattern: String) -> [[String]] {
        matches(of: pattern).map { match in (0..<match.numberOfRanges).map { group($0, of: match) } }
    }

    func group(_ index: Int, of match: NSTextCheckingResult) -> String {
        Range(match.range(at: index), in: self).map { String(self[$0]) } ?? ""
    }

    /// The line, from 1, in which a match begins.
    func line(of match: NSTextCheckingResult) -> Int {
        let start = Range(match.range, in: self)?.lowerBound ?? startIndex
        return utf8[..<start].count { $0 == UInt8(ascii: "\n") } + 1
    }
}
