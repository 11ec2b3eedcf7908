/// One thing to mend, with its place: `proxy.yaml:12: outbound.targets[0].name: …` or `--target: …`.
package struct ConfigurationIssue: Hashable, Sendable, CustomStringConvertible {
    package let origin: Origin
    /// `outbound.targets[0].name`; empty when the file as a whole is meant.
    package let keyPath: String
    package let problem: ConfigurationProblem

    package enum Origin: Hashable, Sendable {
        case file(name: String, mark: YAMLMark?)
        /// Without dashes.
        case flag(String)
        /// No file was given and no flag is to blame.
        case nowhere
    }

    package var description: String {
        let place =
            switch origin {
            case .file(let name, nil): "\(name): "
            case .file(let name, let mark?): "\(name):\(mark.line): "
            case .flag(let name): "--\(name): "
            case .nowhere: ""
            }
        switch origin {
        case .file, .nowhere: return place + (keyPath.isEmpty ? "" : "\(keyPath): ") + problem.description
        case .flag: return place + problem.description
        }
    }
}

/// Everything that is wrong with a configuration, at once: files by line, then flags.
package struct ConfigurationErrors: Error, Equatable, CustomStringConvertible {
    package let issues: [ConfigurationIssue]

    /// One line per issue.
    package var description: String { issues.map(\.description).joined(separator: "\n") }

    init(_ issues: [ConfigurationIssue]) {
        let ranked = issues.enumerated().map { (rank: Self.rank($1.origin), position: $0, issue: $1) }
        self.issues = ranked.sorted { ($0.rank, $0.position) < ($1.rank, $1.position) }.map(\.issue)
    }

    private static func rank(_ origin: ConfigurationIssue.Origin) -> Int {
        switch origin {
        case .file(_, let mark): mark?.line ?? Int.max - 2
        case .flag: Int.max - 1
        case .nowhere: Int.max
        }
    }
}
