import Testing

@testable import Tracing

@Suite("A span by the semantic conventions for HTTP")
struct SemanticConventionsTests {
    private func inbound(_ change: (inout HTTPExchangeSummary) -> Void = { _ in }) -> SpanRecord {
        span(.inbound, change)
    }

    private func outbound(_ change: (inout HTTPExchangeSummary) -> Void = { _ in }) -> SpanRecord {
        span(.outbound, change)
    }

    private func span(
        _ direction: HTTPExchangeSummary.Direction, _ change: (inout HTTPExchangeSummary) -> Void
    ) -> SpanRecord {
        var exchange = HTTPExchangeSummary(direction: direction, method: "GET", path: "/cart/7", protocolVersion: "1.1")
        exchange.status = 200
        change(&exchange)
        let record = SemanticConventions.span(
            for: exchange, context: hop(.none), startUnixNanoseconds: 5_000, durationNanoseconds: 70)
        #expect(SemanticConventions.hasFailed(exchange) == (record.status == .error))
        return record
    }

    private func text(_ record: SpanRecord) -> [String] {
        record.attributes.map { attribute in
            switch attribute.value {
            case .string(let text): "\(attribute.key.name)=\(text)"
            case .integer(let number): "\(attribute.key.name)=\(number)"
            case .boolean(let flag): "\(attribute.key.name)=\(flag)"
            case .double(let number): "\(attribute.key.name)=\(number)"
            }
        }
    }

    private func value(_ key: AttributeKey, _ record: SpanRecord) -> SpanAttribute.Value? {
        let values = record.attributes.filter { $0.key == key }.map(\.value)
        #expect(values.count <= 1, "an attribute may not repeat")
        return values.first
    }

    @Test("of an inbound exchange is a SERVER span with path, scheme, route and both ends")
    func server() {
        let record = inbound {
            $0.query = "a=1"
            $0.host = "shop.example:8080"
            $0.routeTemplate = "/cart/{id}"
            $0.routeName = "cart"
            $0.peerAddress = "10.0.0.9"
            $0.peerPort = 40_000
            $0.userAgent = "curl/8"
        }
        #expect(record.kind == .server && record.name == "GET /cart/{id}" && record.status == .unset)
        #expect(record.startUnixNanoseconds == 5_000 && record.endUnixNanoseconds == 5_070)
        #expect(
            text(record) == [
                "http.request.method=GET", "url.path=/cart/7", "url.scheme=http", "url.query=a=1",
                "http.route=/cart/{id}", "server.address=shop.example", "server.port=8080", "client.address=10.0.0.9",
                "user_agent.original=curl/8", "network.peer.address=10.0.0.9", "network.peer.port=40000",
                "network.protocol.version=1.1", "http.response.status_code=200", "martlet.direction=inbound",
                "martlet.route=cart",
            ])
    }

    @Test("of an outbound attempt is a CLIENT span with the whole URL, the server, and no path")
    func client() {
        let record = outbound {
            $0.query = "a=1"
            $0.host = "catalog"
            $0.destinationService = "catalog"
            $0.peerAddress = "127.0.0.1"
            $0.peerPort = 9001
            $0.resendCount = 2
        }
        #expect(record.kind == .client && record.name == "GET" && record.status == .unset)
        #expect(
            text(record) == [
                "http.request.method=GET", "server.address=catalog", "server.port=80",
                "url.full=http://catalog/cart/7?a=1", "http.request.resend_count=2", "service.peer.name=catalog",
                "network.peer.address=127.0.0.1", "network.peer.port=9001", "network.protocol.version=1.1",
                "http.response.status_code=200", "martlet.direction=outbound",
            ])
    }

    @Test("of a first attempt has no resend count, and without a host names the peer as the server")
    func clientWithoutHost() {
        let record = outbound {
            $0.peerAddress = "127.0.0.1"
            $0.peerPort = 9001
            $0.scheme = "https"
        }
        #expect(value(.httpRequestResendCount, record) == nil)
        #expect(value(.serverAddress, record) == .string("127.0.0.1"))
        #expect(value(.serverPort, record) == .integer(9001))
        #expect(value(.urlFull, record) == .string("https://127.0.0.1/cart/7"))
        #expect(value(.serverPort, outbound { ($0.host, $0.scheme) = ("a", "https") }) == .integer(443))
    }

    @Test(
        "has the method in its name if it is known, else HTTP and _OTHER",
        arguments: [
            ("GET", true), ("HEAD", true), ("POST", true), ("PUT", true), ("DELETE", true), ("CONNECT", true),
            ("OPTIONS", true), ("TRACE", true), ("PATCH", true), ("QUERY", true), ("get", false), ("PROPFIND", false),
            ("", false),
        ])
    func methods(method: String, isKnown: Bool) {
        let record = inbound {
            $0.method = method
            $0.routeTemplate = "/r"
        }
        #expect(record.name == (isKnown ? "\(method) /r" : "HTTP /r"))
        #expect(value(.httpRequestMethod, record) == .string(isKnown ? method : "_OTHER"))
        #expect(value(.httpRequestMethodOriginal, record) == (isKnown || method.isEmpty ? nil : .string(method)))
    }

    @Test(
        "fails by its status: a server with 5xx, a client with 4xx too",
        arguments: [
            (100, false, false), (200, false, false), (302, false, false), (399, false, false), (400, false, true),
            (404, false, true), (499, false, true), (500, true, true), (503, true, true), (599, true, true),
        ])
    func statuses(status: Int, server: Bool, client: Bool) {
        for (record, fails) in [(inbound { $0.status = status }, server), (outbound { $0.status = status }, client)] {
            #expect(record.status == (fails ? .error : .unset))
            #expect(value(.errorType, record) == (fails ? .string("\(status)") : nil))
            #expect(value(.httpResponseStatusCode, record) == .integer(Int64(status)))
        }
    }

    @Test("fails with the reason as its error type, even behind a 200 or without any status")
    func reasons() {
        for status in [nil, 200, 502] {
            let record = outbound { ($0.status, $0.reason) = (status, "upstream_reset") }
            #expect(record.status == .error)
            #expect(value(.errorType, record) == .string("upstream_reset"))
            #expect(value(.martletReason, record) == .string("upstream_reset"))
        }
        #expect(outbound { $0.status = nil }.status == .unset)
    }

    @Test("does not fail when the caller went away, but says so")
    func cancelledByCaller() {
        for record in [
            outbound { ($0.status, $0.reason, $0.fault) = (nil, "client_closed", .caller) },
            inbound { ($0.status, $0.reason, $0.fault) = (400, "bad_request", .caller) },
        ] {
            #expect(record.status == .unset && value(.errorType, record) == nil)
            #expect(value(.martletReason, record) != nil)
        }
    }

    @Test("kept for its failure though unsampled is marked")
    func keptError() {
        let exchange = HTTPExchangeSummary(direction: .inbound, method: "GET", path: "/", protocolVersion: "2")
        let record = SemanticConventions.span(
            for: exchange, context: hop(.none, rate: 0), startUnixNanoseconds: 0, durationNanoseconds: 0,
            verdict: .recordError)
        #expect(value(.martletSamplingKept, record) == .string("error"))
        #expect(!record.flags.contains(.sampled))
    }

    @Test(
        "shows no credentials",
        arguments: [
            ("user:secret@db", nil, "http://REDACTED:REDACTED@db/cart/7"),
            ("token@db:8080", nil, "http://REDACTED@db:8080/cart/7"),
            ("a@b:c@db", nil, "http://REDACTED:REDACTED@db/cart/7"), ("s3", "sig=abc", "http://s3/cart/7?sig=REDACTED"),
            (
                "s3", "a=1&Signature=x%3D=&X-Goog-Signature=&AWSAccessKeyId=k&sign=1&sig",
                "http://s3/cart/7?a=1&Signature=REDACTED&X-Goog-Signature=REDACTED&AWSAccessKeyId=REDACTED&sign=1&sig"
            ), ("s3", "", "http://s3/cart/7?"), ("s3", "&&=", "http://s3/cart/7?&&="),
        ] as [(String, String?, String)])
    func redaction(host: String, query: String?, url: String) {
        #expect(value(.urlFull, outbound { ($0.host, $0.query) = (host, query) }) == .string(url))
        let server = inbound { ($0.host, $0.query) = (host, query) }
        let shown = url.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init)
        #expect(value(.urlQuery, server) == shown.map { .string($0) })
        #expect(value(.serverAddress, server) == .string(host.contains("db") ? "db" : "s3"))
    }

    @Test(
        "takes the host apart",
        arguments: [
            ("a", "a", nil), ("a:80", "a", 80), ("a:", "a", nil), ("a:x", "a", nil), ("a:65536", "a", nil),
            ("[::1]", "::1", nil), ("[::1]:443", "::1", 443), ("[::1]x", "::1", nil), ("u@[::1]:7", "::1", 7),
            ("a:+80", "a", nil), ("[::1", "[", nil), ("u:p@a:1", "a", 1), ("", "", nil),
        ] as [(String, String, Int?)])
    func authorities(text: String, name: String, port: Int?) {
        let authority = Authority(text)
        #expect(authority.name == name && authority.port == port)
    }

    @Test("cuts long text at a character boundary and leaves empty text out")
    func longText() {
        let path = "/" + String(repeating: "é", count: 600)
        let record = inbound {
            $0.path = path
            $0.userAgent = ""
        }
        #expect(value(.urlPath, record) == .string("/" + String(repeating: "é", count: 511)))
        #expect(value(.userAgentOriginal, record) == nil)
    }
}
