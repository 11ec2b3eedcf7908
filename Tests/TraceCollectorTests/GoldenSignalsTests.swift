import MetricsExporter
import Testing

@testable import TraceCollector

/// A batch in the making: names are appended to one body, as a request would hold them.
private struct BatchBuilder {
    var bytes: [UInt8] = []
    var batch = SpanBatch()

    mutating func text(_ value: String) -> ByteRange {
        let start = bytes.count
        bytes.append(contentsOf: value.utf8)
        return ByteRange(start..<bytes.count)
    }

    mutating func span(
        _ service: String, _ kind: SpanKind, id: UInt64, parent: UInt64 = 0, name: String = "GET /x",
        milliseconds: UInt64 = 10, isError: Bool = false, peer: String? = nil, isDatabase: Bool = false
    ) {
        let serviceName = text(service)
        batch.resources.append(ResourceRecord(pieces: 0..<0, serviceName: serviceName))
        batch.scopes.append(ScopeRecord(resource: batch.resources.count - 1, pieces: 0..<0))
        var span = SpanRecord()
        span.trace = TraceKey(high: 1, low: 2)
        span.spanID = id
        span.parentID = parent
        span.start = 1_000_000_000
        span.end = 1_000_000_000 + milliseconds * 1_000_000
        span.name = text(name)
        span.scope = UInt32(batch.scopes.count - 1)
        span.kind = kind
        span.status = isError ? .error : .unset
        if let peer {
            span.peer = text(peer)
            span.peerRank = .service
        }
        span.isDatabase = isDatabase
        batch.spans.append(span)
    }
}

@Suite("Golden signals")
struct GoldenSignalsTests {
    private let registry = Registry()

    private func lines(_ prefix: String) -> Set<String> {
        let text = String(decoding: registry.render().body, as: UTF8.self)
        return Set(text.split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) })
    }

    private func record(_ signals: inout GoldenSignals, at seconds: UInt64 = 1, _ build: (inout BatchBuilder) -> Void) {
        var builder = BatchBuilder()
        build(&builder)
        signals.record(builder.batch, builder.bytes.span, now: seconds * 1_000_000_000)
    }

    private let paired = #"traces_service_graph_request_total{client="web",server="cart",connection_type=""} "#

    @Test("count every span by service, operation, kind and outcome")
    func operations() throws {
        var signals = try GoldenSignals(registry)
        record(&signals) {
            $0.span("cart", .server, id: 1, parent: 9)
            $0.span("cart", .server, id: 2, parent: 9, isError: true)
            $0.span("cart", .server, id: 3, parent: 9)
        }
        #expect(
            lines("traces_spanmetrics_calls_total") == [
                #"traces_spanmetrics_calls_total{service="cart",span_name="GET /x",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_UNSET"} 2"#,
                #"traces_spanmetrics_calls_total{service="cart",span_name="GET /x",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_ERROR"} 1"#,
            ])
    }

    @Test("pair a call whichever side comes first, in one batch or in two", arguments: [false, true], [false, true])
    func pairing(serverFirst: Bool, inOneBatch: Bool) throws {
        var signals = try GoldenSignals(registry)
        let client: (inout BatchBuilder) -> Void = { $0.span("web", .client, id: 5, parent: 1, milliseconds: 12) }
        let server: (inout BatchBuilder) -> Void = { $0.span("cart", .server, id: 6, parent: 5, isError: true) }
        let order = serverFirst ? [server, client] : [client, server]
        if inOneBatch {
            record(&signals) { builder in for side in order { side(&builder) } }
        } else {
            for side in order { record(&signals, side) }
        }
        #expect(lines("traces_service_graph_request_total") == [paired + "1"])
        #expect(lines("traces_service_graph_request_failed_total").first?.hasSuffix(" 1") == true)
        #expect(
            lines("traces_service_graph_request_client_seconds_sum").first?.hasSuffix(" 0.012") == true)
    }

    @Test("count a call once though its spans are delivered again")
    func duplicates() throws {
        var signals = try GoldenSignals(registry)
        for _ in 0..<3 {
            record(&signals) {
                $0.span("web", .client, id: 5, parent: 1)
                $0.span("cart", .server, id: 6, parent: 5)
            }
        }
        #expect(lines("traces_service_graph_request_total") == [paired + "1"])
    }

    @Test("name the other side of a lone client from what its span says, once pairing has been given up")
    func virtualNode() throws {
        var signals = try GoldenSignals(registry)
        record(&signals) {
            $0.span("web", .client, id: 5, parent: 1, peer: "mail")
            $0.span("web", .client, id: 7, parent: 1)
        }
        #expect(lines("traces_service_graph_request_total").isEmpty)
        signals.advance(to: 12_000_000_000)
        #expect(
            lines("traces_service_graph_request_total") == [
                #"traces_service_graph_request_total{client="web",server="mail",connection_type="virtual_node"} 1"#
            ])
        #expect(lines("traces_service_graph_unpaired_spans_total") == ["traces_service_graph_unpaired_spans_total 1"])
    }

    @Test("take a root server's caller for a user")
    func user() throws {
        var signals = try GoldenSignals(registry)
        record(&signals) { $0.span("web", .server, id: 5) }
        #expect(
            lines("traces_service_graph_request_total") == [
                #"traces_service_graph_request_total{client="user",server="web",connection_type="virtual_node"} 1"#
            ])
    }

    @Test("complete a database call from its client alone")
    func database() throws {
        var signals = try GoldenSignals(registry)
        record(&signals) { $0.span("cart", .client, id: 5, parent: 1, peer: "orders-db", isDatabase: true) }
        #expect(
            lines("traces_service_graph_request_total") == [
                #"traces_service_graph_request_total{client="cart",server="orders-db",connection_type="database"} 1"#
            ])
    }

    @Test("count what finds no room to wait for its other side")
    func overflow() throws {
        var limits = SignalLimits()
        limits.pendingEdges = 2
        var signals = try GoldenSignals(registry, limits: limits)
        record(&signals) { builder in for id in 1...5 { builder.span("web", .client, id: UInt64(id), parent: 99) } }
        signals.advance(to: 1_000_000_000)
        #expect(lines("traces_service_graph_dropped_spans_total") == ["traces_service_graph_dropped_spans_total 3"])
    }

    @Test("fold names beyond the limit into one, and cut long ones")
    func names() throws {
        var limits = SignalLimits()
        limits.names = 6
        limits.nameBytes = 8
        var signals = try GoldenSignals(registry, limits: limits)
        record(&signals) { builder in
            for number in 0..<4 { builder.span("service-\(number)", .internal, id: UInt64(number + 1), name: "op") }
        }
        let services = lines("traces_spanmetrics_calls_total").map { $0.split(separator: "\"")[1] }
        #expect(services == ["service-"])
    }

    @Test("fold operations and edges beyond the limit into one series each")
    func series() throws {
        var limits = SignalLimits()
        limits.series = 3
        var signals = try GoldenSignals(registry, limits: limits)
        record(&signals) { builder in
            for number in 0..<5 { builder.span("service-\(number)", .server, id: UInt64(number + 1)) }
        }
        for family in ["traces_spanmetrics_calls_total", "traces_service_graph_request_total"] {
            #expect(lines(family).count == 4)
            #expect(lines(family).filter { $0.contains("\"overflow\"") }.map { $0.suffix(2) } == [" 2"])
        }
    }

    @Test("show concurrency as the time spent in requests per second of the window")
    func concurrency() throws {
        var signals = try GoldenSignals(registry)
        record(&signals, at: 5) { builder in
            for id in 1...20 { builder.span("cart", .server, id: UInt64(id), parent: 99, milliseconds: 500) }
        }
        signals.advance(to: 6_000_000_000)
        #expect(lines("traces_service_in_flight") == [#"traces_service_in_flight{service="cart"} 1"#])
        signals.advance(to: 30_000_000_000)
        signals.advance(to: 31_000_000_000)
        #expect(lines("traces_service_in_flight") == [#"traces_service_in_flight{service="cart"} 0"#])
    }
}
