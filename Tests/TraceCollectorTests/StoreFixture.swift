import Foundation
import Testing

@testable import TraceCollector

/// A directory that exists as long as the value does.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/collector-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Requests through reader and joiner, for tests of what comes behind.
struct JoinBench {
    var joiner = Joiner()
    var origins = OriginTable()

    mutating func receive(_ request: [UInt8], now: UInt64 = 0) throws {
        var batch = SpanBatch()
        try OTLPReader.read(request.span, into: &batch)
        for record in batch.spans {
            let origin = origins.origin(of: batch.scopes[Int(record.scope)], in: batch, request.span)
            joiner.insert(record, origin: origin, request.span, segment: 1, now: now)
        }
    }

    mutating func release() -> [JoinedTrace] {
        joiner.releaseAll()
        return joiner.takeReleased()
    }

    static func joined(_ requests: [[UInt8]]) throws -> [JoinedTrace] {
        var bench = JoinBench()
        for request in requests { try bench.receive(request) }
        return bench.release()
    }
}

/// A trace of `count` spans through several services, span `n` below span `n / 2`.
func fixtureTrace(_ low: UInt64, spans count: Int, services: [String] = ["web", "cart", "pay"]) -> [(
    String, FixtureSpan
)] {
    (1...count).map { number in
        var span = FixtureSpan(
            trace: TraceKeyFixture(high: 7, low: low), spanID: UInt64(number), parentID: UInt64(number / 2))
        span.name = "op-\(number % 4)"
        span.kind = number % 2 == 0 ? 2 : 3
        span.start = 1_700_000_000_000_000_000 + low * 1_000_000_000 + UInt64(number) * 1_000
        span.end = span.start + UInt64(number) * 1_000_000
        span.status = number % 5 == 0 ? 2 : 0
        span.attributes = [
            ("http.response.status_code", .int(Int64(200 + number % 3))), ("http.route", .string("/r\(number % 3)")),
            ("flag", .bool(number % 2 == 0)),
        ]
        return (services[number % services.count], span)
    }
}
