import ArgumentParser
import CollectorBench
import EventLoop
import Glibc

/// Measures martlet-collector as a process: OTLP in, joined traces on disk.
struct CollectorBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collector-bench",
        abstract: "Measures martlet-collector: spans per second and core, bytes per span on disk.",
        discussion: """
            Starts the collector on free loopback ports with a new store, sends traces (10 spans each, 11 attributes per \
            span from 97 keys and 1,000 values, seen from 36 senders in batches of 512), waits until everything is \
            stored, checks the collector's counters against what was accepted, ends it, and divides. CPU is all that \
            the process used from its start to its end; disk is every file that it left. The last line is one JSON \
            object.

            Examples
              collector-bench
              collector-bench --spans 5000000 --connections 8 --gzip-spans 0
              collector-bench --transport grpc
            """)

    @Option(help: "Spans to send uncompressed.") var spans = 1_000_000
    @Option(help: "Spans to send gzip-compressed, to a second collector; 0 leaves that out.") var gzipSpans = 250_000
    @Option(help: "What carries the spans: http or grpc.") var transport = LoadDriver.Transport.http
    @Option(help: "Connections of the sender.") var connections = 4
    @Option(help: "The same seed gives the same spans.") var seed: UInt64 = 1
    @Option(help: "The collector (default: martlet-collector beside this program).") var collector: String?
    @Option(help: "An empty directory to work in and to leave the stores in (default: a temporary one, removed).")
    var directory: String?

    func validate() throws {
        guard spans >= 1_000 else { throw ValidationError("--spans: found \(spans), allowed is 1000 or more") }
        guard gzipSpans >= 0 else { throw ValidationError("--gzip-spans: found \(gzipSpans), allowed is 0 or more") }
        guard (1...8).contains(connections) else {
            throw ValidationError("--connections: found \(connections), allowed is 1 to 8")
        }
    }

    func run() throws {
        let loop = try EventLoop()
        let outcome = Outcome()
        loop.spawn { [self, bound = LoopBound(outcome, loop: loop)] in
            do throws(BenchError) {
                try await measure(on: loop)
            } catch {
                bound.value.failure = error
            }
            loop.stop()
        }
        loop.run()
        guard let failure = outcome.failure else { return }
        let line = Array("collector-bench: \(failure)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        throw ExitCode.failure
    }

    private final class Outcome {
        var failure: BenchError?
    }

    private func measure(on loop: EventLoop) async throws(BenchError) {
        if let directory { return try await measure(in: directory, on: loop) }
        let place = try Files.makeTemporaryDirectory()
        do throws(BenchError) {
            try await measure(in: place, on: loop)
        } catch {
            try Files.remove(place)
            throw error
        }
        try Files.remove(place)
    }

    private func measure(in place: String, on loop: EventLoop) async throws(BenchError) {
        let program = if let collector { collector } else { try Self.besideThisProgram("martlet-collector") }
        var run = CollectorRun(
            executable: program, directory: place, spans: spans, connections: connections, seed: seed)
        run.transport = transport
        var report = Report()
        report.add(try await run.run(on: loop), encoding: .identity)
        if gzipSpans > 0 {
            run.spans = gzipSpans
            run.encoding = .gzip
            report.add(try await run.run(on: loop), encoding: .gzip)
        }
        print(report.json)
    }

    private static func besideThisProgram(_ name: String) throws(BenchError) -> String {
        var path = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/exe", &path, path.count)
        let own = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = own.lastIndex(of: "/") else {
            throw BenchError("cannot read /proc/self/exe; give --collector")
        }
        return own[...slash] + name
    }
}

extension LoadDriver.Transport: ExpressibleByArgument {}

CollectorBenchCommand.main()
