/// Arrays and key-value lists of attributes as JSON, which is how Jaeger shows them: as text in one tag.
enum NestedValueJSON {
    static func array(_ message: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        write(array: message, &writer)
        return writer.bytes
    }

    static func keyValueList(_ message: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        write(list: message, &writer)
        return writer.bytes
    }

    private static func write(array message: [UInt8], _ writer: inout JSONWriter) {
        writer.array { writer in
            forEachField(message) { key, bytes in
                if key == 0x0A { write(value: bytes, &writer) }
            }
        }
    }

    private static func write(list message: [UInt8], _ writer: inout JSONWriter) {
        writer.object { writer in
            forEachField(message) { key, bytes in
                if key == 0x0A { write(pair: bytes, &writer) }
            }
        }
    }

    private static func write(pair message: [UInt8], _ writer: inout JSONWriter) {
        var name: [UInt8] = []
        var value: [UInt8] = []
        forEachField(message) { key, bytes in
            if key == 0x0A { name = UTF8Repair.repaired(bytes.span, 0..<bytes.count) }
            // A value in several pieces means their concatenation.
            if key == 0x12 { value += bytes }
        }
        writer.key(name)
        write(value: value, &writer)
    }

    private static func write(value message: [UInt8], _ writer: inout JSONWriter) {
        let view: AnyValueView
        do {
            view = try AnyValueView.read(message.span, 0..<message.count, depth: 0)
        } catch {
            // The reader checked this message when it came in; a damaged store shows as null.
            return writer.null()
        }
        let contents = Array(message[view.contents.range])
        switch view.type {
        case .empty: writer.null()
        case .string: writer.string(UTF8Repair.repaired(contents.span, 0..<contents.count))
        case .bool: writer.bool(view.scalar != 0)
        case .int: writer.number(Int64(bitPattern: view.scalar))
        case .double: writer.number(Double(bitPattern: view.scalar))
        case .array: write(array: contents, &writer)
        case .keyValueList: write(list: contents, &writer)
        case .bytes: writer.string(Base64.encoded(contents))
        }
    }

    /// The length-delimited fields of a message.
    private static func forEachField(_ message: [UInt8], _ body: (UInt32, [UInt8]) -> Void) {
        let bytes = message.span
        var cursor = ProtobufCursor(0..<bytes.count)
        do {
            while !cursor.isAtEnd {
                let key = try cursor.key(bytes)
                if key & 7 == 2 {
                    body(key, Array(message[try cursor.delimited(bytes)]))
                } else {
                    try cursor.skip(key, bytes)
                }
            }
        } catch {
            // As above: what was read before the damage is shown.
        }
    }
}
