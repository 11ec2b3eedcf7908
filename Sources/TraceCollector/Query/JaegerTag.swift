/// How OTLP appears as Jaeger tags.
enum JaegerTag {
    /// Tags that Jaeger's OTLP translation makes of a span's other fields.
    static func derived(kind: SpanKind, status: SpanStatus, origin: StoredOrigin) -> [StoredAttribute] {
        var tags: [StoredAttribute] = []
        if !origin.scopeName.isEmpty { tags.append(tag("otel.scope.name", origin.scopeName)) }
        if !origin.scopeVersion.isEmpty { tags.append(tag("otel.scope.version", origin.scopeVersion)) }
        if let name = kindName(kind) { tags.append(tag("span.kind", Array(name.utf8))) }
        switch status {
        case .unset: break
        case .ok: tags.append(tag("otel.status_code", Array("OK".utf8)))
        case .error:
            tags.append(tag("otel.status_code", Array("ERROR".utf8)))
            tags.append(StoredAttribute(key: Array("error".utf8), value: .bool(true)))
        }
        return tags
    }

    static func kindName(_ kind: SpanKind) -> String? {
        switch kind {
        case .unspecified: nil
        case .internal: "internal"
        case .server: "server"
        case .client: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }

    /// The value as a search writes it.
    static func text(of value: StoredValue) -> [UInt8] {
        switch value {
        case .empty: []
        case .string(let text): text
        case .bool(let flag): Array((flag ? "true" : "false").utf8)
        case .int(let number): Array(String(number).utf8)
        case .double(let bits): Array(Double(bitPattern: bits).description.utf8)
        case .array(let message): NestedValueJSON.array(message)
        case .keyValueList(let message): NestedValueJSON.keyValueList(message)
        case .bytes(let content): Base64.encoded(content)
        }
    }

    private static func tag(_ key: String, _ value: [UInt8]) -> StoredAttribute {
        StoredAttribute(key: Array(key.utf8), value: .string(value))
    }
}
