package import EventLoop
internal import Glibc
internal import HTTPTransport

/// One measurement: a fresh collector is given a load until everything is on disk, and ends.
package struct CollectorRun: Sendable {
    package var executable: String
    /// Holds the store and the process's output; made by the caller.
    package var directory: String
    package var spans: Int
    package var connections: Int
    package var seed: UInt64
    package var encoding = LoadDriver.Encoding.identity
    package var transport = LoadDriver.Transport.http

    package init(executable: String, directory: String, spans: Int, connections: Int, seed: UInt64) {
        self.executable = executable
        self.directory = directory
        self.spans = spans
        self.connections = connections
        self.seed = seed
    }

    /// What a run measured. CPU is the collector's whole, from its start to its end.
    package struct Figures: Sendable {
        package var spans = 0
        package var requests = 0
        package var refusals = 0
        package var bodyBytes = 0
        package var userSeconds = 0.0
        package var systemSeconds = 0.0
        /// From the first request to the last answer.
        package var sendingSeconds = 0.0
        /// From the first request until everything was stored.
        package var settledSeconds = 0.0
        package var diskBytes = 0
        /// At the end of the sending, and the most ever.
        package var residentMebibytes = 0.0
        package var peakResidentMebibytes = 0.0

        package var cpuSeconds: Double { userSeconds + systemSeconds }
        package var spansPerSecondPerCore: Double { Double(spans) / cpuSeconds }
        package var bytesPerSpan: Double { Double(diskBytes) / Double(spans) }
    }

    /// How long storing may go on after the last answer.
    private static let settleTimeout = Duration.seconds(120)

    /// - Throws: also when the collector's counters do not add up.
    package func run(on loop: EventLoop) async throws(BenchError) -> Figures {
        let data = directory + "/\(encoding.rawValue)"
        let collector = try CollectorProcess(
            executable: executable, data: data, log: directory + "/\(encoding.rawValue).log")
        var figures = Figures()
        let began = MonotonicTime.now()
        let driver = LoadDriver(
            SpanLoad(seed: seed, firstStart: Self.wallClock()), spans: spans, to: collector.otlp, encoding: encoding,
            over: transport, loop: loop)
        try await driver.run(connections: connections)
        figures.sendingSeconds = Self.seconds(since: began)
        figures.residentMebibytes = Double(collector.residentKibibytes) / 1_024
        let counters = try await settle(collector, on: loop)
        figures.settledSeconds = Self.seconds(since: began)
        figures.spans = driver.counts.acceptedSpans
        figures.requests = driver.counts.requests
        figures.refusals = driver.counts.refusals
        figures.bodyBytes = driver.counts.bodyBytes
        try check(counters, accepted: figures.spans)
        let end = try collector.end()
        guard end.code == 0 else { throw BenchError("the collector ended with \(end)") }
        figures.userSeconds = Double(end.userNanoseconds) / 1e9
        figures.systemSeconds = Double(end.systemNanoseconds) / 1e9
        figures.peakResidentMebibytes = Double(end.peakResidentKibibytes) / 1_024
        figures.diskBytes = try Files.bytes(below: data)
        return figures
    }

    private func settle(_ collector: CollectorProcess, on loop: EventLoop) async throws(BenchError) -> CollectorCounters
    {
        let client = HTTPClient(loop: loop)
        let deadline = MonotonicTime.now().advanced(by: Self.settleTimeout)
        while true {
            let counters = try await CollectorCounters.scrape(collector.metrics, with: client, deadline: deadline)
            if counters.isSettled { return counters }
            guard MonotonicTime.now() < deadline else {
                throw BenchError("spans are not stored \(Self.settleTimeout) after they were accepted: \(counters)")
            }
            await loop.sleep(for: .milliseconds(250))
        }
    }

    /// Every span was sent once and accepted, so every span must be stored.
    private func check(_ counters: CollectorCounters, accepted: Int) throws(BenchError) {
        guard counters.received == accepted, counters.stored == accepted else {
            throw BenchError("\(accepted) spans were accepted, but the collector counts \(counters)")
        }
    }

    private static func seconds(since start: MonotonicTime) -> Double {
        Double(MonotonicTime.now().nanoseconds(since: start)) / 1e9
    }

    private static func wallClock() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
