package import EventLoop
import Foundation
import HTTPTransport

/// Where a service sends its outgoing calls.
package enum Outgoing: Sendable {
    /// Everything to the outbound proxy.
    case proxy(SocketAddress, Addressing)
    /// Straight to each service: the shop without a mesh.
    case direct([ServiceName: SocketAddress])
}

/// Makes the calls of a service to others.
package final class DependencyClient {
    private let outgoing: Outgoing
    private let client: HTTPClient
    private let loop: EventLoop

    /// Longer than any answer takes that is not broken.
    static let timeout = Duration.seconds(5)

    package init(_ outgoing: Outgoing, loop: EventLoop) {
        self.outgoing = outgoing
        self.loop = loop
        client = HTTPClient(loop: loop)
    }

    /// - Returns: the services that failed: the called one when it answers with a server error or not at all, otherwise
    ///   those that its answer names.
    func failed(in call: Call, fields: HTTPFields) async -> [ServiceName] {
        let name = call.service.rawValue
        let address: SocketAddress?
        let target: String
        switch outgoing {
        case .proxy(let proxy, .absoluteForm): (address, target) = (proxy, "http://\(name)\(call.path)")
        case .proxy(let proxy, .host): (address, target) = (proxy, call.path)
        case .direct(let addresses): (address, target) = (addresses[call.service], call.path)
        }
        guard let address else { return [call.service] }
        do throws(HTTPClientError) {
            let response = try await client.request(
                call.method, to: address, authority: name, target: target, fields: fields,
                deadline: loop.now.advanced(by: Self.timeout))
            return response.status < 500 ? Self.degraded(by: response) : [call.service]
        } catch {
            return [call.service]
        }
    }

    private struct Answer: Decodable { let degraded: [ServiceName] }

    /// An answer that is not of the shop names nobody.
    private static func degraded(by response: HTTPResponse) -> [ServiceName] {
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(response.body)).degraded
        } catch {
            return []
        }
    }
}
