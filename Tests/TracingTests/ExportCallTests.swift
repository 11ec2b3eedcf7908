import Bytes
import Testing

@testable import Tracing

/// OTLP's table of statuses for gRPC (opentelemetry-proto 1.11, "Failures").
@Suite("The export policy over gRPC")
struct ExportCallTests {
    private func end(
        _ driver: inout ExportDriver, _ attempt: UInt64, code: Int, delay: UInt64? = nil, message: String = "",
        body: [UInt8] = []
    ) {
        driver.policy.callEnded(
            attempt: attempt, code: code, retryDelayNanoseconds: delay, message: message, body: body.rawBytes,
            at: driver.now)
    }

    @Test("knows which statuses to retry and which not", arguments: -1...17)
    func statuses(code: Int) {
        let isRetryable = [1, 4, 10, 11, 14, 15].contains(code)
        var driver = ExportDriver()
        driver.arrive(600)
        _ = driver.next()
        end(&driver, 1, code: code, message: "words")
        let outcome = code == 0 ? "success" : isRetryable ? "unavailable" : "rejected"
        var expected: [String: UInt64] = ["recorded": 600, "request \(outcome)": 1]
        if code == 0 { expected["exported"] = 512 }
        if outcome == "rejected" { expected["dropped rejected"] = 512 }
        #expect(driver.counts == expected)
        #expect(driver.policy.queuedCount == (isRetryable ? 600 : 88))
        #expect(driver.policy.lastFailure?.status == (code == 0 ? nil : code))
        #expect(driver.policy.lastFailure?.message == (code == 0 ? nil : "words"))
    }

    @Test("RESOURCE_EXHAUSTED is retried only when the server says after what time")
    func exhausted() {
        var driver = ExportDriver()
        driver.arrive(512)
        #expect(driver.next() == .send(1, deadline: 10_000))
        end(&driver, 1, code: 8, delay: 7_000_000_000)
        #expect(driver.next() == .wait(until: 7_000))
        driver.advance(to: 7_000)
        #expect(driver.next() == .send(2, deadline: 17_000))
        end(&driver, 2, code: 8)
        #expect(
            driver.counts == [
                "recorded": 512, "dropped rejected": 512, "request unavailable": 1, "request rejected": 1,
            ])
    }

    @Test("a delay is waited for, but not one of years")
    func delays() {
        var driver = ExportDriver()
        driver.arrive(512)
        _ = driver.next()
        end(&driver, 1, code: 14, delay: 20_000_000_000)
        #expect(driver.next() == .wait(until: 20_000))
        driver.advance(to: 20_000)
        _ = driver.next()
        end(&driver, 2, code: 14, delay: .max)
        // 300 s from there would be too late for this batch, so it is given up.
        #expect(driver.counts["dropped retries_exhausted"] == 512)
        driver.arrive(512)
        #expect(driver.next() == .wait(until: 320_000))
    }

    @Test("a partial success counts what it names, and an answer to an earlier attempt nothing")
    func partialSuccess() {
        var driver = ExportDriver()
        driver.arrive(512)
        _ = driver.next()
        end(&driver, 1, code: 0, body: [0x0A, 0x02, 0x08, 0x05])
        let counts =
            [
                "recorded": 512, "exported": 507, "dropped partial_success": 5, "request partial_success": 1,
            ] as [String: UInt64]
        #expect(driver.counts == counts)
        end(&driver, 1, code: 3)
        #expect(driver.counts == counts)
    }
}
