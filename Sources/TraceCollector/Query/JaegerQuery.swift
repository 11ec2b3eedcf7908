/// Jaeger's HTTP API version 1, which Grafana's Jaeger data source calls: a path and a query in, JSON out. Belongs to
/// one thread, like its reader.
package final class JaegerQuery {
    private let reader: TraceReader
    /// Parts of traces that are not stored yet.
    private let unstored: (TraceKey) -> [JoinedTrace]

    package init(reader: TraceReader, unstored: @escaping (TraceKey) -> [JoinedTrace] = { _ in [] }) {
        self.reader = reader
        self.unstored = unstored
    }

    /// An answer; the body is JSON.
    package struct Answer: Equatable, Sendable {
        package var status: Int
        package var body: [UInt8]
    }

    /// - Parameters:
    ///   - segments: the path, split and percent-decoded.
    ///   - items: the query's items, decoded, in order.
    ///   - now: nanoseconds since the epoch.
    package func answer(
        method: String, segments: [String], items: [(name: String, value: String)], now: UInt64
    ) -> Answer {
        guard method == "GET" || method == "HEAD" else { return Self.error(405, "only GET is answered here") }
        let parameters = JaegerParameters(items)
        do {
            switch segments.count {
            case 2 where segments == ["api", "services"]: return try services()
            case 2 where segments == ["api", "operations"]: return try operations(parameters)
            case 2 where segments == ["api", "traces"]: return try search(parameters, now: now)
            case 2 where segments == ["api", "dependencies"]: return try dependencies(parameters, now: now)
            case 3 where segments[..<2] == ["api", "traces"]: return try trace(segments[2])
            case 4 where segments[..<2] == ["api", "services"] && segments[3] == "operations":
                return try operationNames(Array(segments[2].utf8))
            default: return Self.error(404, "no such endpoint")
            }
        } catch let error as JaegerParameters.Problem {
            return Self.error(400, error.message)
        } catch {
            return Self.error(500, "\(error)")
        }
    }

    private func services() throws -> Answer {
        let services = try reader.services()
        return Self.list(services.count) { data in for service in services { data.string(service) } }
    }

    private func operationNames(_ service: [UInt8]) throws -> Answer {
        var names: [[UInt8]] = []
        for operation in try reader.operations(of: service) where names.last != operation.name {
            names.append(operation.name)
        }
        return Self.list(names.count) { data in for name in names { data.string(name) } }
    }

    private func operations(_ parameters: JaegerParameters) throws -> Answer {
        guard let service = parameters["service"], !service.isEmpty else {
            throw JaegerParameters.Problem(message: "parameter 'service' is required")
        }
        let wantedKind = parameters["spanKind"]
        let operations = try reader.operations(of: Array(service.utf8)).filter {
            wantedKind == nil || wantedKind == "" || JaegerTag.kindName($0.kind) ?? "" == wantedKind
        }
        return Self.list(operations.count) { data in
            for operation in operations {
                data.object { item in
                    item.key("name")
                    item.string(operation.name)
                    item.key("spanKind")
                    item.string(Array((JaegerTag.kindName(operation.kind) ?? "").utf8))
                }
            }
        }
    }

    private func dependencies(_ parameters: JaegerParameters, now: UInt64) throws -> Answer {
        let end = try parameters.number("endTs").map { $0.multipliedSaturating(by: 1_000_000) } ?? now
        let lookback = try parameters.number("lookback").map { $0.multipliedSaturating(by: 1_000_000) } ?? Self.day
        var dependencies = try reader.dependencies(from: end > lookback ? end - lookback : 0, to: end)
        if let service = parameters["service"], !service.isEmpty {
            let name = Array(service.utf8)
            dependencies.removeAll { $0.parent != name && $0.child != name }
        }
        return Self.list(dependencies.count) { data in
            for dependency in dependencies {
                data.object { item in
                    item.key("parent")
                    item.string(dependency.parent)
                    item.key("child")
                    item.string(dependency.child)
                    item.key("callCount")
                    item.number(dependency.calls)
                }
            }
        }
    }

    private func search(_ parameters: JaegerParameters, now: UInt64) throws -> Answer {
        let traces: [TraceReader.Trace]
        let ids = parameters.all("traceID")
        if ids.isEmpty {
            traces = try reader.search(try parameters.search(now: now))
        } else {
            traces = try ids.compactMap { try find(try Self.key($0)) }
        }
        return Self.list(traces.count) { data in for trace in traces { JaegerTrace.write(trace, &data) } }
    }

    private func trace(_ id: String) throws -> Answer {
        let key = try Self.key(id)
        guard let trace = try find(key) else { return Self.error(404, "trace not found") }
        return Self.list(1) { data in JaegerTrace.write(trace, &data) }
    }

    /// A trace with what is stored of it and what is still in memory.
    private func find(_ key: TraceKey) throws -> TraceReader.Trace? {
        // Memory first: what is stored between the two looks is then seen twice rather than never.
        let parts = unstored(key)
        let stored = try reader.trace(key)
        guard !parts.isEmpty else { return stored }
        var trace = stored ?? TraceReader.Trace(key: key, spans: [])
        trace.merge(try JoinedTraces.storedForm(of: parts))
        return trace
    }

    private static let day: UInt64 = 86_400_000_000_000

    private static func key(_ id: String) throws(JaegerParameters.Problem) -> TraceKey {
        guard let key = TraceKey(hex: id) else {
            throw JaegerParameters.Problem(message: "'\(id)' is not a trace id: up to 32 hexadecimal digits")
        }
        return key
    }

    private static func list(_ total: Int, _ data: (inout JSONWriter) -> Void) -> Answer {
        Answer(status: 200, body: envelope(total, { $0.array(data) }, { $0.null() }))
    }

    private static func error(_ status: Int, _ message: String) -> Answer {
        Answer(status: status, body: envelope(0, { $0.null() }, { $0.array { write(status, message, &$0) } }))
    }

    private static func write(_ status: Int, _ message: String, _ errors: inout JSONWriter) {
        errors.object { error in
            error.key("code")
            error.number(UInt64(status))
            error.key("msg")
            error.string(Array(message.utf8))
        }
    }

    private static func envelope(
        _ total: Int, _ data: (inout JSONWriter) -> Void, _ errors: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { envelope in
            envelope.key("data")
            data(&envelope)
            envelope.key("total")
            envelope.number(UInt64(total))
            envelope.key("limit")
            envelope.number(UInt64(0))
            envelope.key("offset")
            envelope.number(UInt64(0))
            envelope.key("errors")
            errors(&envelope)
        }
        return json.bytes
    }
}

extension TraceKey {
    /// Up to 32 hexadecimal digits of either case; missing ones on the left are zeros.
    package init?(hex: String) {
        guard !hex.isEmpty, hex.utf8.count <= 32, hex.utf8.allSatisfy({ Self.isHexadecimal($0) }) else { return nil }
        let low = hex.suffix(16)
        let high = hex.dropLast(16)
        guard let lowValue = UInt64(low, radix: 16), let highValue = UInt64(high.isEmpty ? "0" : high, radix: 16) else {
            return nil
        }
        self.init(high: highValue, low: lowValue)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}

extension UInt64 {
    func multipliedSaturating(by factor: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
