/// The bytes of one YAML document as a tree, and what the tree had to refuse.
///
/// Stricter than YAML where its features surprise: no anchors, aliases or tags, no second document, no key twice, and
/// keys are plain text.
struct YAMLDocument {
    /// nil: the document is empty.
    private(set) var root: YAMLNode?
    /// In the order of the document. With a syntax error the tree ends there and `root` is nil.
    private(set) var faults: [Fault] = []

    struct Fault: Equatable {
        /// nil: the file as a whole.
        let mark: YAMLMark?
        let path: String
        let problem: ConfigurationProblem
    }

    private enum Stop: Error {
        case syntax(YAMLSyntaxError)
        case tooDeep(YAMLMark, path: String)
    }

    init(_ bytes: [UInt8]) {
        guard bytes.count <= ConfigurationLimits.fileBytes else {
            refuse(.tooLarge(byteCount: bytes.count, limit: ConfigurationLimits.fileBytes), nil, "")
            return
        }
        var reader = YAMLEventReader(bytes)
        do throws(Stop) {
            root = try readStream(&reader)
        } catch {
            switch error {
            case .syntax(let error): refuse(.syntax(error.message), error.mark, "")
            case .tooDeep(let mark, let path): refuse(.tooDeep(limit: ConfigurationLimits.depth), mark, path)
            }
        }
    }

    private mutating func refuse(_ problem: ConfigurationProblem, _ mark: YAMLMark?, _ path: String) {
        faults.append(Fault(mark: mark, path: path, problem: problem))
    }

    private mutating func readStream(_ reader: inout YAMLEventReader) throws(Stop) -> YAMLNode? {
        var first: YAMLNode?
        var documents = 0
        while true {
            let event = try next(&reader)
            switch event.kind {
            case .streamEnd: return first
            case .documentStart:
                documents += 1
                if documents == 2 { refuse(.secondDocument, event.mark, "") }
            case .other: continue
            case .scalar, .sequenceStart, .mappingStart, .alias, .sequenceEnd, .mappingEnd:
                let node = try readNode(event, &reader, path: "", depth: 0)
                if documents == 1 { first = node }
            }
        }
    }

    private func next(_ reader: inout YAMLEventReader) throws(Stop) -> YAMLEvent {
        do throws(YAMLSyntaxError) { return try reader.next() } catch { throw .syntax(error) }
    }

    private mutating func readNode(
        _ event: YAMLEvent, _ reader: inout YAMLEventReader, path: String, depth: Int
    ) throws(Stop) -> YAMLNode {
        if event.isDecorated { refuse(event.kind == .alias ? .alias : .anchorOrTag, event.mark, path) }
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let text, let isQuoted): content = .scalar(text, isQuoted: isQuoted)
        case .sequenceStart: content = .sequence(try readSequence(&reader, path: path, depth: depth))
        case .mappingStart: content = .mapping(try readMapping(&reader, path: path, depth: depth))
        case .alias, .sequenceEnd, .mappingEnd, .documentStart, .streamEnd, .other: content = .refused
        }
        return YAMLNode(event.isDecorated ? .refused : content, at: event.mark)
    }

    private mutating func readSequence(
        _ reader: inout YAMLEventReader, path: String, depth: Int
    ) throws(Stop) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let event = try next(&reader)
            if event.kind == .sequenceEnd { return elements }
            let element = "\(path)[\(elements.count)]"
            guard depth < ConfigurationLimits.depth else { throw .tooDeep(event.mark, path: element) }
            elements.append(try readNode(event, &reader, path: element, depth: depth + 1))
        }
    }

    private mutating func readMapping(
        _ reader: inout YAMLEventReader, path: String, depth: Int
    ) throws(Stop) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var firstLines: [String: Int] = [:]
        while true {
            let event = try next(&reader)
            if event.kind == .mappingEnd { return entries }
            guard depth < ConfigurationLimits.depth else { throw .tooDeep(event.mark, path: path) }
            let name: String? =
                if case .scalar(let text, _) = event.kind, !event.isDecorated { text } else { nil }
            if name == nil {
                if event.isDecorated { refuse(event.kind == .alias ? .alias : .anchorOrTag, event.mark, path) }
                if !event.isDecorated { refuse(.keyIsNotText, event.mark, path) }
                _ = try readNode(event.undecorated, &reader, path: path, depth: depth + 1)
            }
            let entryPath = name.map { join(path, $0) } ?? path
            let value = try readNode(try next(&reader), &reader, path: entryPath, depth: depth + 1)
            guard let name else { continue }
            if let line = firstLines[name] {
                refuse(.duplicateKey(firstLine: line), event.mark, entryPath)
            } else {
                firstLines[name] = event.mark.line
                entries.append(YAMLEntry(key: name, keyMark: event.mark, value: value))
            }
        }
    }
}

extension YAMLEvent {
    /// For a node whose decoration has been reported already.
    fileprivate var undecorated: YAMLEvent { YAMLEvent(kind: kind, mark: mark, isDecorated: false) }
}

/// A key path: `tracing` and `collector` give `tracing.collector`.
func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
