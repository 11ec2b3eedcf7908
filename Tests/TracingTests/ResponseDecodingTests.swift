import Testing

@testable import Tracing

@Suite("An OTLP response")
struct ResponseDecodingTests {
    private func response(_ bytes: [UInt8]) -> ExportResponse? { unsafe ExportResponse(bytes.span.bytes) }

    @Test("is read as the OpenTelemetry project's library wrote it")
    func golden() {
        let response = response(bytes(hexadecimal: Golden.partialSuccess))
        #expect(response?.rejectedSpans == 300)
        #expect(response?.message == "quota reached for größe")
    }

    @Test("cut off anywhere is refused, but where it may end")
    func truncated() {
        let whole = bytes(hexadecimal: Golden.partialSuccess)
        #expect(response([])?.rejectedSpans == 0)
        for length in 1..<whole.count { #expect(response(Array(whole.prefix(length))) == nil) }
    }

    @Test("with any byte changed is read or refused, never more")
    func mutated() {
        let whole = bytes(hexadecimal: Golden.partialSuccess)
        var read = 0
        for index in whole.indices {
            for value in UInt8.min...UInt8.max {
                var changed = whole
                changed[index] = value
                if let response = response(changed), response.message.utf8.count <= 3 * whole.count { read += 1 }
            }
        }
        #expect(read > whole.count)
    }
}

@Suite("A Retry-After value")
struct RetryAfterTests {
    private func parse(_ text: String) -> RetryAfter? { unsafe RetryAfter(Array(text.utf8).span.bytes) }

    @Test("is a delay in seconds", arguments: [("0", 0), ("120", 120), (" 7 ", 7), ("9999999999", 9_999_999_999)])
    func delays(text: String, seconds: UInt64) {
        #expect(parse(text) == .delay(seconds: seconds))
    }

    @Test(
        "is a date in any of the three forms",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Wed Dec 31 23:59:60 2025", 1_767_225_600), ("Tuesday, 19-Jan-38 03:14:07 GMT", 2_147_483_647),
        ])
    func dates(text: String, unixSeconds: Int64) {
        #expect(parse(text) == .date(unixSeconds: unixSeconds))
    }

    @Test(
        "is refused",
        arguments: [
            "", " ", "-1", "1.5", "12345678901", "1s", "tomorrow", "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 Nov 94 08:49:37 GMT", "Sun Nov 006 08:49:37 1994",
            "Sun Nov  6 08:49:37 94", "06 Nov 1994 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
        ])
    func invalid(text: String) {
        #expect(parse(text) == nil)
    }

    @Test("cut off anywhere is refused or a shorter number")
    func truncated() {
        for whole in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            for length in 0..<whole.utf8.count { #expect(parse(String(whole.prefix(length))) == nil) }
        }
    }

    @Test("saturates instead of overflowing")
    func saturation() {
        let now = TracingTime(monotonicNanoseconds: 0, unixNanoseconds: 5_000_000_000)
        #expect(RetryAfter.delay(seconds: .max).nanoseconds(from: now) == .max)
        #expect(RetryAfter.date(unixSeconds: 7).nanoseconds(from: now) == 2_000_000_000)
        #expect(RetryAfter.date(unixSeconds: 5).nanoseconds(from: now) == 0)
    }
}
