import Foundation
import Testing

@testable import TraceCollector

@Suite struct JaegerQueryTests {
    private let directory: TemporaryDirectory
    private let query: JaegerQuery
    private static let now: UInt64 = 1_700_000_100_000_000_000

    init() throws {
        directory = try TemporaryDirectory()
        var store = try TraceStore(directory: directory.path)
        let spans = fixtureTrace(1, spans: 3) + fixtureTrace(2, spans: 4)
        _ = try store.store(try JoinBench.joined(spans.map { exportRequest(service: $0.0, [$0.1]) }), now: Self.now)
        query = JaegerQuery(reader: try TraceReader(directory: directory.path))
    }

    private func get(_ segments: [String], _ items: [(name: String, value: String)] = []) -> JaegerQuery.Answer {
        query.answer(method: "GET", segments: segments, items: items, now: Self.now)
    }

    private func text(_ answer: JaegerQuery.Answer) -> String { String(decoding: answer.body, as: UTF8.self) }

    private func ids(_ answer: JaegerQuery.Answer) throws -> [String] {
        let root = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        return (root["data"] as? [[String: Any]] ?? []).compactMap { $0["traceID"] as? String }
    }

    @Test func `lists services in Jaeger's envelope`() {
        let answer = get(["api", "services"])
        #expect(answer.status == 200)
        #expect(text(answer) == #"{"data":["cart","pay","web"],"total":3,"limit":0,"offset":0,"errors":null}"#)
    }

    @Test func `lists operations in both forms`() {
        #expect(text(get(["api", "services", "pay", "operations"])).hasPrefix(#"{"data":["op-2"],"total":1"#))
        #expect(
            text(get(["api", "operations"], [("service", "cart")])).hasPrefix(
                #"{"data":[{"name":"op-0","spanKind":"server"},{"name":"op-1","spanKind":"client"}],"total":2"#))
        #expect(
            text(get(["api", "operations"], [("service", "cart"), ("spanKind", "client")])).hasPrefix(
                #"{"data":[{"name":"op-1","spanKind":"client"}],"total":1"#))
        #expect(get(["api", "operations"]).status == 400)
    }

    @Test func `shows a trace in Jaeger's shape`() throws {
        var store = try TraceStore(directory: directory.path + "/shape")
        var root = FixtureSpan(trace: TraceKeyFixture(high: 0xAB, low: 0xCD), spanID: 0xEF)
        root.kind = 2
        root.name = "GET \"/\""
        root.status = 2
        root.start = 1_700_000_000_123_456_789
        root.end = 1_700_000_000_124_456_789
        root.attributes = [
            ("a", .string("x\n")), ("b", .bool(true)), ("c", .int(-1)), ("d", .double(0.5)), ("e", .bytes([1, 2])),
            ("f", .array([.int(1), .string("y")])),
        ]
        root.extra =
            WireBuilder {
                $0.fixed32(16, 0x101)
                $0.message(11) { event in
                    event.fixed64(1, 1_700_000_000_123_999_999)
                    event.text(2, "retry")
                }
                $0.message(13) { link in
                    link.blob(1, bigEndian(1) + bigEndian(2))
                    link.blob(2, bigEndian(3))
                }
            }.bytes
        let orphan = FixtureSpan(
            trace: root.trace, spanID: 2, parentID: 9, start: 1_700_000_000_124_000_000, end: 1_700_000_000_123_000_000)
        _ = try store.store(try JoinBench.joined([exportRequest([root, orphan])]), now: Self.now)
        let query = JaegerQuery(reader: try TraceReader(directory: directory.path + "/shape"))
        let answer = query.answer(
            method: "GET", segments: ["api", "traces", "00000000000000ab00000000000000cd"], items: [], now: Self.now)
        let trace = "00000000000000ab00000000000000cd"
        let spans = [
            #"{"traceID":"\#(trace)","spanID":"00000000000000ef","operationName":"GET \"/\"","#,
            #""references":[{"refType":"FOLLOWS_FROM","traceID":"00000000000000010000000000000002","spanID":"0000000000000003"}],"#,
            #""flags":1,"startTime":1700000000123456,"duration":1000,"tags":["#,
            #"{"key":"a","type":"string","value":"x\n"},{"key":"b","type":"bool","value":true},"#,
            #"{"key":"c","type":"int64","value":-1},{"key":"d","type":"float64","value":0.5},"#,
            #"{"key":"e","type":"binary","value":"AQI="},{"key":"f","type":"string","value":"[1,\"y\"]"},"#,
            #"{"key":"otel.scope.name","type":"string","value":"library"},"#,
            #"{"key":"span.kind","type":"string","value":"server"},"#,
            #"{"key":"otel.status_code","type":"string","value":"ERROR"},{"key":"error","type":"bool","value":true}],"#,
            #""logs":[{"timestamp":1700000000123999,"fields":[{"key":"event","type":"string","value":"retry"}]}],"#,
            #""processID":"p1","warnings":null},"#,
            #"{"traceID":"\#(trace)","spanID":"0000000000000002","operationName":"op","#,
            #""references":[{"refType":"CHILD_OF","traceID":"\#(trace)","spanID":"0000000000000009"}],"#,
            #""flags":0,"startTime":1700000000124000,"duration":0,"tags":["#,
            #"{"key":"otel.scope.name","type":"string","value":"library"},"#,
            #"{"key":"span.kind","type":"string","value":"internal"}],"logs":[],"processID":"p1","warnings":["#,
            #""the parent span was not received","the span ended before it started; its duration is shown as 0"]}"#,
        ].joined()
        let expected =
            #"{"data":[{"traceID":"\#(trace)","spans":[\#(spans)],"processes":{"p1":{"serviceName":"shop","tags":[]}},"#
            + #""warnings":null}],"total":1,"limit":0,"offset":0,"errors":null}"#
        #expect(text(answer) == expected)
    }

    @Test func `an absent trace is 404 in Jaeger's shape, a malformed id 400`() {
        let absent = get(["api", "traces", "ff"])
        #expect(absent.status == 404)
        #expect(
            text(absent)
                == #"{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}"#)
        #expect(get(["api", "traces", "xyz"]).status == 400)
        #expect(get(["api", "nothing"]).status == 404)
    }

    @Test(
        arguments: [
            ([], ["2", "1"]),
            ([("service", "pay")], ["2", "1"]),
            ([("service", "pay"), ("operation", "op-2")], ["2", "1"]),
            ([("service", "cart"), ("operation", "op-0")], ["2"]),
            ([("tags", #"{"http.response.status_code":"201","span.kind":"server"}"#)], ["2"]),
            ([("tag", "http.route:/r2"), ("limit", "1")], ["2"]),
            ([("minDuration", "4ms")], ["2"]),
            ([("maxDuration", "1.5ms"), ("limit", "10")], ["2", "1"]),
            ([("start", "1700000002000000"), ("end", "1700000003000000")], ["2"]),
            ([("end", "1700000002000000"), ("lookback", "1m")], ["1"]),
            ([("service", "nobody")], []),
            ([("traceID", "70000000000000001"), ("traceID", "9")], ["1"]),
        ] as [([(name: String, value: String)], [String])])
    func `searches as Grafana asks`(_ items: [(name: String, value: String)], _ expected: [String]) throws {
        let answer = get(["api", "traces"], items)
        #expect(answer.status == 200)
        #expect(try ids(answer) == expected.map { "0000000000000007000000000000000\($0)" })
    }

    @Test(
        arguments: [
            [("minDuration", "fast")], [("tags", "{")], [("tag", "novalue")], [("limit", "-1")], [("start", "x")],
        ] as [[(name: String, value: String)]])
    func `refuses what it cannot read, with 400`(_ items: [(name: String, value: String)]) {
        #expect(get(["api", "traces"], items).status == 400)
    }

    @Test func `shows calls between services`() {
        let all = text(get(["api", "dependencies"], [("endTs", "1700000100000"), ("lookback", "86400000")]))
        #expect(
            all.hasPrefix(
                #"{"data":[{"parent":"cart","child":"pay","callCount":2},{"parent":"cart","child":"web","callCount":2},"#
                    + #"{"parent":"pay","child":"cart","callCount":1}],"total":3"#))
        let one = text(get(["api", "dependencies"], [("endTs", "1700000100000"), ("service", "web")]))
        #expect(one.hasPrefix(#"{"data":[{"parent":"cart","child":"web","callCount":2}],"total":1"#))
        #expect(text(get(["api", "dependencies"], [("endTs", "1600000000000")])).hasPrefix(#"{"data":[],"total":0"#))
    }

    @Test func `a trace that is partly or not at all stored is shown with what is in memory`() throws {
        let parts = try JoinBench.joined(
            fixtureTrace(1, spans: 6).suffix(4).map { exportRequest(service: $0.0, [$0.1]) })
        let query = JaegerQuery(reader: try TraceReader(directory: directory.path)) { key in
            key.low == 1 ? parts : []
        }
        let answer = query.answer(
            method: "GET", segments: ["api", "traces", "70000000000000001"], items: [], now: Self.now)
        let json = String(decoding: answer.body, as: UTF8.self)
        #expect(json.split(separator: #""operationName""#).count == 7)
    }
}

@Suite struct GoDurationTests {
    @Test(
        arguments: [
            ("1s", 1_000_000_000), ("1.5ms", 1_500_000), ("1h30m", 5_400_000_000_000), ("250us", 250_000),
            ("250µs", 250_000), ("7ns", 7), ("0", 0), ("", nil), ("5", nil), ("s", nil), ("1x", nil), ("-1s", nil),
        ] as [(String, UInt64?)])
    func `reads durations as Go does`(_ text: String, _ expected: UInt64?) {
        #expect(GoDuration.nanoseconds(text) == expected)
    }
}

@Suite struct JSONTests {
    @Test func `escapes exactly what must not stand in a string`() {
        var json = JSONWriter()
        json.string(Array("\"\\\n\r\t\u{01}\u{7F}<é>&".utf8))
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #""\"\\\n\r\t\u0001\u007f\u003cé\u003e\u0026""#)
    }

    @Test func `reads tag objects and nothing else`() {
        func read(_ text: String) -> [String]? {
            JSONStrings.object(Array(text.utf8))?.map {
                String(decoding: $0.key, as: UTF8.self) + "=" + String(decoding: $0.value, as: UTF8.self)
            }
        }
        #expect(read(#" { "a" : "b" , "c":"\u00e9\ud83d\ude00\n" } "#) == ["a=b", "c=é😀\n"])
        #expect(read(#"{"n":200,"t":true,"f":-1.5}"#) == ["n=200", "t=true", "f=-1.5"])
        #expect(read("{}") == [])
        for bad in ["", "{", #"{"a"}"#, #"{"a":[1]}"#, #"{"a":"b"}x"#, #"{"a":"b",}"#, #"{"a":nul}"#, #"["a"]"#] {
            #expect(read(bad) == nil)
        }
    }

    @Test func `encodes base64 with padding`() {
        #expect(
            ["", "f", "fo", "foo", "foob"].map { String(decoding: Base64.encoded(Array($0.utf8)), as: UTF8.self) }
                == ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="])
    }
}
