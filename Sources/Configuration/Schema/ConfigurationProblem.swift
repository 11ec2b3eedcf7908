/// What is wrong with one setting or one file, and what would be right.
package enum ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    // The file as a whole.
    case unreadable(String)
    case tooLarge(byteCount: Int, limit: Int)
    case syntax(String)
    case secondDocument
    case tooDeep(limit: Int)
    // Its structure.
    case alias
    case anchorOrTag
    case keyIsNotText
    case duplicateKey(firstLine: Int)
    case unknownKey(nearest: String?, known: [String])
    // A value. `found` is already quoted or a noun such as "a list".
    case malformed(found: String, allowed: String, example: String)
    case outOfRange(found: String, allowed: String)
    case tooMany(count: Int, limit: Int)
    case tooFew(minimum: Int)
    case missing(what: String)
    /// What another setting rules out, as a sentence.
    case conflict(String)

    package var description: String {
        switch self {
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .tooLarge(let byteCount, let limit): "has \(byteCount) bytes; at most \(limit) are read"
        case .syntax(let message): "not YAML: \(message)"
        case .secondDocument: "a second document begins; a configuration file has one"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .alias: "aliases (*name) are not supported; write the value out"
        case .anchorOrTag: "anchors (&name) and tags (!name) are not supported; write the plain value"
        case .keyIsNotText: "a key must be plain text"
        case .duplicateKey(let line): "given twice; first on line \(line)"
        case .unknownKey(let nearest?, _): "unknown key; did you mean \(nearest)?"
        case .unknownKey(nil, let known): "unknown key; known here: \(known.joined(separator: ", "))"
        case .malformed(let found, let allowed, let example): "\(found) is not \(allowed) (for example \(example))"
        case .outOfRange(let found, let allowed): "\(found) is out of range: allowed is \(allowed)"
        case .tooMany(let count, let limit): "\(count) entries; at most \(limit) are allowed"
        case .tooFew(let minimum): "empty; at least \(minimum) is needed"
        case .missing(let what): "missing: \(what)"
        case .conflict(let sentence): sentence
        }
    }
}
