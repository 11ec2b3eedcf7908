import Compression
import Testing

@testable import Tracing

@Suite("The export policy")
struct ExportPolicyTests {
    @Test("sends at once when a batch is full, otherwise when the oldest span has waited one second")
    func batching() {
        var driver = ExportDriver()
        #expect(driver.next() == .wait(until: nil))
        driver.arrive(511)
        driver.advance(to: 400)
        driver.arrive(0)
        #expect(driver.next() == .wait(until: 1000))
        driver.advance(to: 999)
        #expect(driver.next() == .wait(until: 1000))
        driver.advance(to: 1000)
        #expect(driver.next() == .send(1, deadline: 11_000))
        #expect(driver.policy.queuedCount == 511)
        driver.arrive(512)
        #expect(driver.next() == .wait(until: 11_000))
        driver.respond(200, to: 1)
        #expect(driver.next() == .send(2, deadline: 11_000))
        driver.respond(200, to: 2)
        #expect(driver.next() == .wait(until: nil))
        #expect(driver.counts == ["recorded": 1023, "exported": 1023, "request success": 2])
        #expect(driver.policy.counters.lastSuccessUnixNanoseconds == (ExportDriver.unixStart + 1) * 1_000_000_000)
    }

    @Test("sends at most 512 spans at a time, and at most the byte limit")
    func batchLimits() {
        var configuration = ExportConfiguration()
        var driver = ExportDriver(configuration: configuration)
        driver.arrive(1100)
        #expect(driver.next() == .send(1, deadline: 10_000))
        driver.respond(200, to: 1)
        #expect(driver.policy.counters.exported == 512)

        configuration.batchBytes = span().estimatedByteCount * 3
        var small = ExportDriver(configuration: configuration)
        small.arrive(4)
        #expect(small.next() == .send(1, deadline: 10_000))
        small.respond(200, to: 1)
        #expect(small.policy.counters.exported == 3)
    }

    @Test(
        "knows which statuses to retry and which not",
        arguments: [
            (200, "success"), (202, "success"), (204, "success"), (100, "rejected"), (301, "rejected"),
            (400, "rejected"),
            (401, "rejected"), (404, "rejected"), (408, "rejected"), (413, "rejected"), (429, "unavailable"),
            (500, "rejected"), (501, "rejected"), (502, "unavailable"), (503, "unavailable"), (504, "unavailable"),
            (505, "rejected"),
        ])
    func statuses(status: Int, outcome: String) {
        var driver = ExportDriver()
        driver.arrive(600)
        _ = driver.next()
        driver.respond(status, to: 1)
        var expected: [String: UInt64] = ["recorded": 600, "request \(outcome)": 1]
        if outcome == "success" { expected["exported"] = 512 }
        if outcome == "rejected" { expected["dropped rejected"] = 512 }
        #expect(driver.counts == expected)
        #expect(driver.policy.queuedCount == (outcome == "unavailable" ? 600 : 88))
        #expect(driver.policy.lastFailure?.status == (outcome == "success" ? nil : status))
    }

    @Test("sends the same bytes again after a growing wait, ± 50 %, and then goes on as before")
    func retries() {
        var driver = ExportDriver()
        driver.arrive(512)
        #expect(driver.next() == .send(1, deadline: 10_000))
        let body = driver.policy.body
        var interval = 1000.0
        for attempt in UInt64(1)...12 {
            if attempt % 2 == 0 { driver.fail(attempt) } else { driver.respond(503, to: attempt) }
            guard case .wait(let until?) = driver.next() else {
                Issue.record("no wait after attempt \(attempt)")
                return
            }
            let wait = Double(until - driver.milliseconds)
            #expect(wait >= (interval * 0.5).rounded(.down) && wait <= interval * 1.5)
            interval = min(interval * 1.5, 30_000)
            driver.advance(to: until - 1)
            #expect(driver.next() == .wait(until: until))
            driver.advance(to: until + 1)
            #expect(driver.next() == .send(attempt + 1, deadline: until + 1 + 10_000))
            #expect(driver.policy.body == body)
        }
        driver.respond(200, to: 13)
        #expect(
            driver.counts == [
                "recorded": 512, "exported": 512, "request success": 1, "request unavailable": 6,
                "request connection_failure": 6,
            ])
        #expect(driver.policy.body.isEmpty)
    }

    @Test("gives up when the next attempt would come more than 300 s after the first")
    func givesUp() {
        var driver = ExportDriver()
        driver.arrive(513)
        var attempts: UInt64 = 0
        while driver.policy.counters.droppedTotal == 0 {
            switch driver.next() {
            case .send(let attempt, _):
                attempts = attempt
                driver.fail(attempt)
            case .wait(let until): driver.advance(to: (until ?? 0) + 1)
            case .abort, .finished: Issue.record("unexpected action")
            }
        }
        #expect(driver.milliseconds <= 300_000 && driver.milliseconds > 250_000)
        #expect(
            driver.counts == [
                "recorded": 513, "dropped retries_exhausted": 512, "request connection_failure": attempts,
            ])
        #expect(driver.policy.queuedCount == 1)
        #expect(driver.next() == .send(attempts + 1, deadline: driver.milliseconds + 10_000))
    }

    @Test(
        "waits as long as Retry-After says, if that is longer than the backoff",
        arguments: [
            ("120", 120_000), ("Thu, 01 Jan 2026 00:01:40 GMT", 100_000), ("Thursday, 01-Jan-26 00:01:40 GMT", 100_000),
            ("Thu Jan  1 00:01:40 2026", 100_000),
        ] as [(String, UInt64)])
    func retryAfter(value: String, until: UInt64) {
        for status in [429, 502, 503, 504] {
            var driver = ExportDriver()
            driver.arrive(512)
            _ = driver.next()
            driver.respond(status, to: 1, retryAfter: value)
            #expect(driver.next() == .wait(until: until))
        }
    }

    @Test(
        "falls back to the backoff when Retry-After is short, past or nonsense",
        arguments: ["", "0", "-5", "soon", "1.5", "Thu, 01 Jan 1970 00:00:00 GMT"])
    func uselessRetryAfter(value: String) {
        var driver = ExportDriver()
        driver.arrive(512)
        _ = driver.next()
        driver.respond(429, to: 1, retryAfter: value)
        guard case .wait(let until?) = driver.next() else {
            Issue.record("no wait")
            return
        }
        #expect((500...1500).contains(until))
    }

    @Test("drops the batch when Retry-After passes the end of its time, and stays quiet that long, 300 s at most")
    func longRetryAfter() {
        var driver = ExportDriver()
        driver.arrive(1024)
        _ = driver.next()
        driver.advance(to: 1)
        driver.respond(503, to: 1, retryAfter: "9999999999")
        #expect(driver.policy.counters.dropped(.retriesExhausted) == 512)
        #expect(driver.next() == .wait(until: 300_001))
        driver.advance(to: 300_001)
        #expect(driver.next() == .send(2, deadline: 310_001))
    }

    @Test("aborts an attempt after ten seconds, retries it, and ignores what still comes of it")
    func timeout() {
        var driver = ExportDriver()
        driver.arrive(512)
        #expect(driver.next() == .send(1, deadline: 10_000))
        #expect(driver.next() == .wait(until: 10_000))
        driver.advance(to: 10_000)
        #expect(driver.next() == .abort(1))
        driver.respond(200, to: 1)
        driver.fail(1)
        guard case .wait(let until?) = driver.next() else {
            Issue.record("no wait")
            return
        }
        #expect((10_500...11_500).contains(until))
        driver.advance(to: until + 1)
        #expect(driver.next() == .send(2, deadline: until + 10_001))
        #expect(driver.counts == ["recorded": 512, "request timeout": 1])
    }

    @Test(
        "counts a failure as a timeout from the deadline on",
        arguments: [(9_999, "connection_failure"), (10_000, "timeout")])
    func lateFailure(moment: UInt64, outcome: String) {
        var driver = ExportDriver()
        driver.arrive(512)
        _ = driver.next()
        driver.advance(to: moment)
        driver.fail(1)
        #expect(driver.counts == ["recorded": 512, "request \(outcome)": 1])
    }

    @Test(
        "counts what a partial success rejected, and no more than was sent",
        arguments: [
            ([0x0A, 0x02, 0x08, 0x05], 5), ([0x0A, 0x03, 0x08, 0xAC, 0x02], 300),
            ([0x0A, 0x03, 0x08, 0x80, 0x08], 512),
            ([0x0A, 0x0B, 0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01], 0), ([], 0), ([0x0A, 0x00], 0),
            ([0x0A, 0x03, 0x12, 0x01, 0x77], 0), ([0xFF], 0), (Array("<html>".utf8), 0),
        ] as [([UInt8], UInt64)])
    func partialSuccess(body: [UInt8], rejected: UInt64) {
        var driver = ExportDriver()
        driver.arrive(512)
        _ = driver.next()
        driver.respond(200, to: 1, body: body)
        #expect(driver.policy.counters.dropped(.partialSuccess) == rejected)
        #expect(driver.policy.counters.exported == 512 - rejected)
        #expect(driver.policy.counters.requests(rejected > 0 ? .partialSuccess : .success) == 1)
    }

    @Test("keeps the server's words for the log, shortened")
    func failureMessages() {
        var driver = ExportDriver()
        driver.arrive(1024)
        _ = driver.next()
        driver.respond(200, to: 1, body: bytes(hexadecimal: Golden.partialSuccess))
        #expect(driver.policy.counters.dropped(.partialSuccess) == 300)
        #expect(driver.policy.lastFailure?.message == "quota reached for größe")
        _ = driver.next()
        let text = String(repeating: "n", count: 300)
        driver.respond(400, to: 2, body: [0x08, 0x03, 0x12, 0xAC, 0x02] + Array(text.utf8))
        #expect(driver.policy.lastFailure == ExportFailure(.rejected, status: 400, message: String(text.prefix(256))))
    }

    @Test("drops and counts what the queue has no room for, by number and by bytes")
    func queueLimits() {
        var configuration = ExportConfiguration()
        configuration.queueSpans = 700
        var driver = ExportDriver(configuration: configuration)
        driver.arrive(600)
        driver.arrive(200, dropped: 7)
        #expect(driver.counts == ["recorded": 807, "dropped queue_full": 107])
        #expect(driver.policy.queuedCount == 700)

        configuration.queueBytes = span().estimatedByteCount * 10 + 1
        var small = ExportDriver(configuration: configuration)
        small.arrive(12)
        #expect(small.counts == ["recorded": 12, "dropped queue_full": 2])
    }

    @Test("compresses the request, or not when told so")
    func compression() throws {
        var plain = ExportConfiguration()
        plain.compression = .none
        var driver = ExportDriver()
        var uncompressed = ExportDriver(configuration: plain)
        for _ in 0..<2 {
            driver.arrive(512)
            uncompressed.arrive(512)
            guard case .send(let attempt, _) = driver.next(), case .send = uncompressed.next() else {
                Issue.record("nothing was sent")
                return
            }
            #expect(try Gzip.decompress(driver.policy.body, limit: 1 << 20) == uncompressed.policy.body)
            #expect(uncompressed.policy.body.count > 512 * 60)
            driver.respond(200, to: attempt)
            uncompressed.respond(200, to: attempt)
        }
    }
}
