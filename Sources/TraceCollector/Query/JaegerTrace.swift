/// A trace as Jaeger's API version 1 shows it.
enum JaegerTrace {
    static func write(_ trace: TraceReader.Trace, _ json: inout JSONWriter) {
        let processes = Processes(trace.spans)
        let ids = Set(trace.spans.map(\.spanID))
        json.object { json in
            json.key("traceID")
            json.hex(trace.key)
            json.key("spans")
            json.array { spans in
                for (index, span) in trace.spans.enumerated() {
                    let hasParent = span.parentID == 0 || ids.contains(span.parentID)
                    write(span, trace.key, process: processes.ofSpan[index], hasParent: hasParent, &spans)
                }
            }
            json.key("processes")
            json.object { list in
                for (index, process) in processes.all.enumerated() {
                    list.key(Processes.name(index))
                    write(process, &list)
                }
            }
            json.key("warnings")
            json.null()
        }
    }

    /// Distinct resources of a trace, numbered in order of first sight.
    private struct Processes {
        private(set) var all: [StoredOrigin] = []
        private(set) var ofSpan: [Int] = []

        init(_ spans: [StoredSpan]) {
            for span in spans {
                let known = all.firstIndex {
                    $0.serviceName == span.origin.serviceName && $0.resourceAttributes == span.origin.resourceAttributes
                }
                ofSpan.append(known ?? all.count)
                if known == nil { all.append(span.origin) }
            }
        }

        static func name(_ index: Int) -> [UInt8] { Array("p\(index + 1)".utf8) }
    }

    private static func write(_ process: StoredOrigin, _ json: inout JSONWriter) {
        json.object { json in
            json.key("serviceName")
            json.string(process.serviceName)
            json.key("tags")
            json.array { tags in
                for attribute in process.resourceAttributes where attribute.key != Array("service.name".utf8) {
                    write(attribute, &tags)
                }
            }
        }
    }

    private static func write(
        _ span: StoredSpan, _ trace: TraceKey, process: Int, hasParent: Bool, _ json: inout JSONWriter
    ) {
        json.object { json in
            json.key("traceID")
            json.hex(trace)
            json.key("spanID")
            json.hex(span.spanID)
            json.key("operationName")
            json.string(span.name)
            json.key("references")
            json.array { writeReferences(span, trace, &$0) }
            json.key("flags")
            json.number(UInt64(span.flags & 0xFF))
            json.key("startTime")
            json.number(span.start / 1_000)
            json.key("duration")
            json.number(span.duration / 1_000)
            json.key("tags")
            json.array { writeTags(span, &$0) }
            json.key("logs")
            json.array { logs in for event in span.events { write(event, &logs) } }
            json.key("processID")
            json.string(Processes.name(process))
            json.key("warnings")
            writeWarnings(span, hasParent: hasParent, &json)
        }
    }

    private static func writeReferences(_ span: StoredSpan, _ trace: TraceKey, _ json: inout JSONWriter) {
        if span.parentID != 0 { reference("CHILD_OF", trace, span.parentID, &json) }
        for link in span.links where !link.trace.isZero {
            reference("FOLLOWS_FROM", link.trace, link.spanID, &json)
        }
    }

    private static func reference(
        _ type: StaticString, _ trace: TraceKey, _ spanID: UInt64, _ json: inout JSONWriter
    ) {
        json.object { json in
            json.key("refType")
            json.string(type)
            json.key("traceID")
            json.hex(trace)
            json.key("spanID")
            json.hex(spanID)
        }
    }

    private static func writeTags(_ span: StoredSpan, _ json: inout JSONWriter) {
        for attribute in span.attributes { write(attribute, &json) }
        for tag in JaegerTag.derived(kind: span.kind, status: span.status, origin: span.origin) { write(tag, &json) }
        if !span.statusMessage.isEmpty {
            write(
                StoredAttribute(key: Array("otel.status_description".utf8), value: .string(span.statusMessage)), &json)
        }
        if !span.traceState.isEmpty {
            write(StoredAttribute(key: Array("w3c.tracestate".utf8), value: .string(span.traceState)), &json)
        }
    }

    private static func write(_ event: StoredEvent, _ json: inout JSONWriter) {
        json.object { json in
            json.key("timestamp")
            json.number(event.time / 1_000)
            json.key("fields")
            json.array { fields in
                if !event.name.isEmpty {
                    write(StoredAttribute(key: Array("event".utf8), value: .string(event.name)), &fields)
                }
                for attribute in event.attributes { write(attribute, &fields) }
            }
        }
    }

    private static func write(_ attribute: StoredAttribute, _ json: inout JSONWriter) {
        json.object { json in
            json.key("key")
            json.string(attribute.key)
            json.key("type")
            switch attribute.value {
            case .bool(let flag):
                json.string("bool")
                json.key("value")
                json.bool(flag)
            case .int(let number):
                json.string("int64")
                json.key("value")
                json.number(number)
            case .double(let bits):
                json.string("float64")
                json.key("value")
                json.number(Double(bitPattern: bits))
            case .bytes:
                json.string("binary")
                json.key("value")
                json.string(JaegerTag.text(of: attribute.value))
            case .empty, .string, .array, .keyValueList:
                json.string("string")
                json.key("value")
                json.string(JaegerTag.text(of: attribute.value))
            }
        }
    }

    private static func writeWarnings(_ span: StoredSpan, hasParent: Bool, _ json: inout JSONWriter) {
        var warnings: [StaticString] = []
        if !hasParent { warnings.append("the parent span was not received") }
        if span.end < span.start { warnings.append("the span ended before it started; its duration is shown as 0") }
        guard !warnings.isEmpty else { return json.null() }
        json.array { list in for warning in warnings { list.string(warning) } }
    }
}
