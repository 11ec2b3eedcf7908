import Compression
import Testing

@testable import MetricsExporter

@Suite("Content negotiation")
struct ContentNegotiationTests {
    private static let text = "text/plain; version=0.0.4; charset=utf-8"
    private static let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    private static let draft = "application/openmetrics-text; version=0.0.1; charset=utf-8"
    private static let protobuf =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

    /// What each Prometheus release sends.
    private static let scrapers: [(String, String)] = [
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", openMetrics
        ),
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
                + "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", protobuf
        ),
        (
            "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=2", openMetrics
        ),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                + "application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.4,"
                + "text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.3,"
                + "text/plain;version=0.0.4;escaping=allow-utf-8;q=0.2,*/*;escaping=allow-utf-8;q=0.1", openMetrics
        ),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", openMetrics
        ),
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
                + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", protobuf
        ),
    ]

    @Test("answers each Prometheus release with the format that it prefers", arguments: scrapers)
    func scraper(accept: String, contentType: String) {
        #expect(Registry().render(accept: accept).contentType == contentType)
    }

    @Test(
        "answers every other header with something it can read",
        arguments: [
            (nil, text), ("", text), ("*/*", text), ("text/*", text), ("text/html, image/png", text),
            ("text/plain", text), ("text/plain;version=1.0.0", text), ("application/openmetrics-text", openMetrics),
            ("APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=0.1", openMetrics),
            ("application/openmetrics-text;version=0.0.1", draft),
            ("application/openmetrics-text;version=2.0.0", text),
            (
                "application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.1",
                openMetrics
            ),
            ("application/openmetrics-text;version=1.0.0;q=0", text),
            ("application/vnd.google.protobuf", text),
            ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", text),
            ("application/openmetrics-text;q=often", openMetrics), (";;,,==,;q", text),
            ("text/plain;q=0.3,application/openmetrics-text;q=0.3", text),
        ] as [(String?, String)])
    func other(accept: String?, contentType: String) {
        #expect(Registry().render(accept: accept).contentType == contentType)
    }

    @Test(
        "compresses when gzip is accepted",
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("deflate, gzip;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false), ("*", true), ("*;q=0", false), ("br", false), ("gzip;q=0, *", false),
        ] as [(String?, Bool)])
    func coding(acceptEncoding: String?, isGzip: Bool) throws {
        let answer = Registry().render(acceptEncoding: acceptEncoding)
        #expect(answer.contentEncoding == (isGzip ? "gzip" : nil))
        let body = isGzip ? try Gzip.decompress(answer.body, limit: 1 << 20) : answer.body
        #expect(String(decoding: body, as: UTF8.self).hasPrefix("# HELP martlet_scrape_duration_seconds "))
    }

    @Test("looks at a bounded number of entries")
    func bounded() {
        let accept = String(repeating: "a/b,", count: 100) + "application/openmetrics-text"
        #expect(Registry().render(accept: accept).contentType == Self.text)
    }
}
