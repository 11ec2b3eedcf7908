import HTTPTransport

/// The Jaeger query API of the collector.
struct Jaeger {
    let source: JSONSource

    private struct Envelope: Decodable { let data: [Document] }

    private struct Document: Decodable {
        struct Span: Decodable {
            let spanID: String
            let operationName: String
            let references: [Reference]?
            let startTime: UInt64
            let duration: UInt64
            let tags: [Tag]
            let processID: String
        }
        struct Reference: Decodable {
            let refType: String
            let spanID: String
        }
        struct Process: Decodable { let serviceName: String }
        let traceID: String
        let spans: [Span]
        let processes: [String: Process]
    }

    private struct Tag: Decodable {
        let key: String
        let value: String

        private enum Key: String, CodingKey { case key, value }

        /// A value is a string, a number or a boolean; all are kept as text.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            key = try container.decode(String.self, forKey: .key)
            if let text = try? container.decode(String.self, forKey: .value) {
                value = text
            } else if let flag = try? container.decode(Bool.self, forKey: .value) {
                value = "\(flag)"
            } else if let number = try? container.decode(Int64.self, forKey: .value) {
                value = "\(number)"
            } else {
                value = "\(try container.decode(Double.self, forKey: .value))"
            }
        }
    }

    func trace(_ identifier: String) async throws(ObservationError) -> Trace? {
        guard await source.status(of: "/api/traces/\(identifier)") == 200 else { return nil }
        return try await source.get("/api/traces/\(identifier)", as: Envelope.self).data.first.map(Self.trace)
    }

    /// - Parameter limit: traces at most, newest first.
    func traces(
        of service: String, limit: Int, fromMicroseconds start: UInt64, toMicroseconds end: UInt64, tags: String? = nil
    ) async throws(ObservationError) -> [Trace] {
        var target = "/api/traces?service=\(service)&limit=\(limit)&start=\(start)&end=\(end)"
        if let tags { target += "&tags=\(PercentEncoding.encode(tags))" }
        return try await source.get(target, as: Envelope.self).data.map(Self.trace)
    }

    private static func trace(_ document: Document) -> Trace {
        Trace(
            identifier: document.traceID,
            spans: document.spans.map { span in
                let tags = Dictionary(span.tags.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
                return Trace.Span(
                    identifier: span.spanID, parent: span.references?.first { $0.refType == "CHILD_OF" }?.spanID,
                    service: document.processes[span.processID]?.serviceName ?? "?", name: span.operationName,
                    kind: tags["span.kind"] ?? "", startMicroseconds: span.startTime,
                    durationMicroseconds: span.duration, isError: tags["error"] == "true", tags: tags)
            })
    }
}
