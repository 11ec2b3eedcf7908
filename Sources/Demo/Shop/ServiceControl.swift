import EventLoop
import Foundation
import HTTPTransport

/// Asks a running service of the shop how it behaves, and tells it to behave otherwise.
struct ServiceControl {
    let name: ServiceName
    let address: SocketAddress
    let client: HTTPClient
    let loop: EventLoop

    private static let timeout = Duration.seconds(5)

    /// - Returns: how it behaves after the change.
    func apply(_ change: BehaviourChange) async throws(DemoError) -> Behaviour {
        let response: HTTPResponse
        do throws(HTTPClientError) {
            response = try await client.request(
                change.isEmpty ? "GET" : "POST", to: address, authority: name.rawValue,
                target: change.isEmpty ? "/_control" : "/_control?\(change.query)",
                deadline: loop.now.advanced(by: Self.timeout))
        } catch {
            throw .late("\(name.rawValue) does not answer at \(address) (\(error))")
        }
        guard response.status == 200 else {
            throw .late("\(name.rawValue) at \(address) refuses: \(response.text.filter { $0 != "\n" })")
        }
        do {
            return try JSONDecoder().decode(Behaviour.self, from: Data(response.body))
        } catch {
            throw .late("what answers at \(address) is no service of the shop")
        }
    }
}

/// What is to change about a service; nil leaves as it is.
package struct BehaviourChange: Sendable {
    /// From 0 to 1.
    package var failureRate: Double?
    package var latencyMilliseconds: Double?
    package var spread: Double?

    package init(failureRate: Double? = nil, latencyMilliseconds: Double? = nil, spread: Double? = nil) {
        self.failureRate = failureRate
        self.latencyMilliseconds = latencyMilliseconds
        self.spread = spread
    }

    private var items: [(name: String, value: Double)] {
        [("failure_rate", failureRate), ("latency_ms", latencyMilliseconds), ("spread", spread)].compactMap { item in
            item.1.map { (item.0, $0) }
        }
    }

    var isEmpty: Bool { items.isEmpty }
    var query: String { items.map { "\($0.name)=\($0.value)" }.joined(separator: "&") }
}
