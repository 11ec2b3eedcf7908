package import EventLoop
package import HTTPTransport

/// What a collector says of its spans in `/metrics`.
package struct CollectorCounters: Equatable, Sendable {
    package var received = 0
    /// Read back from the log of an earlier process.
    package var replayed = 0
    package var stored = 0
    package var duplicate = 0
    package var dropped = 0
    package var refused = 0
    /// Tries to write to the store that failed.
    package var writeErrors = 0

    package init() {}

    /// True when every span that was accepted has ended somewhere.
    package var isSettled: Bool { received + replayed == stored + duplicate + dropped }

    package init(exposition: String) {
        func total(_ name: String) -> Int {
            exposition.split(separator: "\n")
                .filter { $0.hasPrefix(name + " ") || $0.hasPrefix(name + "{") }
                .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
                .reduce(0) { $0 + Int($1) }
        }
        received = total("martlet_collector_spans_received_total")
        replayed = total("martlet_collector_spans_replayed_total")
        stored = total("martlet_collector_spans_stored_total")
        duplicate = total("martlet_collector_spans_duplicate_total")
        dropped = total("martlet_collector_spans_dropped_total")
        refused = total("martlet_collector_spans_refused_total")
        writeErrors = total("martlet_collector_store_write_errors_total")
    }

    package static func scrape(
        _ address: SocketAddress, with client: HTTPClient, deadline: MonotonicTime
    ) async throws(BenchError) -> CollectorCounters {
        do {
            let answer = try await client.request(
                to: address, authority: address.description, target: "/metrics", deadline: deadline)
            guard answer.status == 200 else { throw BenchError("the scrape was answered with \(answer.status)") }
            return CollectorCounters(exposition: answer.text)
        } catch let error as BenchError {
            throw error
        } catch {
            throw BenchError("cannot scrape \(address): \(error)")
        }
    }
}
