import Bytes
import Compression
import Glibc

/// How far a scrape goes at a stretch before it offers the core to other threads.
///
/// Where a scraping thread shares a core with one that serves requests, the scheduler lets it run on for milliseconds, and
/// every request that comes meanwhile waits. An offer that nobody takes costs less than a microsecond.
enum ScrapeStride {
    /// Sample lines; about 50 µs.
    static let samples = 512
    /// Bytes compressed; about 60 µs.
    static let compressedBytes = 64 * 1024

    static func end() { sched_yield() }

    /// `body` as gzip.
    static func gzip(_ body: [UInt8]) -> [UInt8] {
        var compressor = GzipCompressor(level: .fast)
        var output: [UInt8] = []
        output.reserveCapacity(body.count / 8 + 64)
        var offset = 0
        while offset < body.count {
            let next = min(offset + compressedBytes, body.count)
            compressor.append(body.rawBytes.extracting(offset..<next), to: &output)
            offset = next
            end()
        }
        compressor.finish(to: &output)
        return output
    }
}
