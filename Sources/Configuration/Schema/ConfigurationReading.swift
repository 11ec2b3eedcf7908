/// The state of reading one configuration: where each value came from, and what was wrong.
struct ConfigurationReading {
    let fileName: String?
    private(set) var issues: [ConfigurationIssue] = []
    /// By key path; a path without an origin of its own has that of the nearest path above it.
    private var origins: [String: ConfigurationIssue.Origin] = [:]

    init(fileName: String?) { self.fileName = fileName }

    mutating func note(_ path: String, at mark: YAMLMark) {
        origins[path] = .file(name: fileName ?? "", mark: mark)
    }

    /// A flag replaces whatever the file said at this path and below.
    mutating func note(_ path: String, flag: String) {
        for known in origins.keys where known.hasPrefix(path + "[") || known.hasPrefix(path + ".") {
            origins[known] = nil
        }
        origins[path] = .flag(flag)
    }

    /// Whether the file or a flag named this key, rightly or not.
    func wasGiven(_ path: String) -> Bool { origins[path] != nil }

    /// Whether they named any key of this section; an empty section does not count.
    func hasKeys(in section: String) -> Bool { origins.keys.contains { $0.hasPrefix(section + ".") } }

    /// A fault of the document brings its own place.
    mutating func report(_ fault: YAMLDocument.Fault) {
        let origin = ConfigurationIssue.Origin.file(name: fileName ?? "", mark: fault.mark)
        issues.append(ConfigurationIssue(origin: origin, keyPath: fault.path, problem: fault.problem))
    }

    mutating func report(_ problem: ConfigurationProblem, at path: String) {
        issues.append(ConfigurationIssue(origin: origin(of: path), keyPath: path, problem: problem))
    }

    /// For what is not there: a flag stands in when there is no file to point into.
    mutating func reportMissing(_ what: String, at path: String, flag: String?) {
        var origin = origin(of: path)
        var what = what
        if let flag {
            switch origin {
            case .nowhere: origin = .flag(flag)
            case .file: what += ", here or as --\(flag)"
            case .flag: break
            }
        }
        issues.append(ConfigurationIssue(origin: origin, keyPath: path, problem: .missing(what: what)))
    }

    private func origin(of path: String) -> ConfigurationIssue.Origin {
        var rest = path[...]
        while true {
            if let origin = origins[String(rest)] { return origin }
            guard let end = rest.lastIndex(where: { $0 == "." || $0 == "[" }) else { break }
            rest = rest[..<end]
        }
        return fileName.map { .file(name: $0, mark: nil) } ?? .nowhere
    }
}
