internal import CYAML

/// One step of libyaml's parser, copied out of C memory.
struct YAMLEvent {
    let kind: Kind
    let mark: YAMLMark
    /// Whether the node has an anchor or a tag, which configuration files do without.
    let isDecorated: Bool

    enum Kind: Equatable {
        case documentStart, sequenceStart, sequenceEnd, mappingStart, mappingEnd, alias, streamEnd
        case scalar(String, isQuoted: Bool)
        /// Stream start and document end: nothing to act on.
        case other
    }
}

/// A syntax error in libyaml's words.
struct YAMLSyntaxError: Error {
    let mark: YAMLMark
    let message: String
}

/// libyaml's parser over bytes in memory: the only place that touches its C types.
@safe
struct YAMLEventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// libyaml reads from here until the end; the copy keeps the address stable.
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: bytes.count)
        _ = unsafe input.initialize(from: bytes)
        let initialized = unsafe yaml_parser_initialize(parser)
        precondition(initialized == 1, "no memory for a YAML parser")
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe Self.mark(event.start_mark)
        let (kind, isDecorated) = unsafe Self.kind(of: event)
        return YAMLEvent(kind: kind, mark: mark, isDecorated: isDecorated)
    }

    private static func kind(of event: yaml_event_t) -> (YAMLEvent.Kind, isDecorated: Bool) {
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let text = unsafe String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let isQuoted = unsafe scalar.style != YAML_PLAIN_SCALAR_STYLE
            return (.scalar(text, isQuoted: isQuoted), unsafe scalar.anchor != nil || scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return (.sequenceStart, unsafe start.anchor != nil || start.tag != nil)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return (.mappingStart, unsafe start.anchor != nil || start.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, false)
        case YAML_MAPPING_END_EVENT: return (.mappingEnd, false)
        case YAML_ALIAS_EVENT: return (.alias, true)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, false)
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return (.streamEnd, false)
        default: return (.other, false)
        }
    }

    private func syntaxError() -> YAMLSyntaxError {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "no memory"
        guard unsafe parser.pointee.error != YAML_READER_ERROR else {
            return YAMLSyntaxError(mark: unsafe markOfByte(parser.pointee.problem_offset), message: problem)
        }
        let mark = unsafe Self.mark(parser.pointee.problem_mark)
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
        guard let context else { return YAMLSyntaxError(mark: mark, message: problem) }
        let line = unsafe parser.pointee.context_mark.line + 1
        let place = line == mark.line ? "" : " that begins on line \(line)"
        return YAMLSyntaxError(mark: mark, message: "\(problem) \(context)\(place)")
    }

    /// The reader reports bytes that are not text by their offset alone.
    private func markOfByte(_ offset: Int) -> YAMLMark {
        var line = 1
        var column = 1
        for index in unsafe 0..<min(offset, input.count) {
            let isLineEnd = unsafe input[index] == UInt8(ascii: "\n")
            line += isLineEnd ? 1 : 0
            column = isLineEnd ? 1 : column + 1
        }
        return YAMLMark(line: line, column: column)
    }

    private static func mark(_ mark: yaml_mark_t) -> YAMLMark {
        YAMLMark(line: mark.line + 1, column: mark.column + 1)
    }
}
