import EventLoop
import GRPC
import HTTP
import TLS
import Tracing

/// Which side of the workload the proxy stands on for an exchange.
package enum Direction: String, CaseIterable, Sendable {
    /// From the mesh to the workload beside this proxy.
    case inbound
    /// From the workload beside this proxy to the mesh.
    case outbound

    var opposite: Direction {
        switch self {
        case .inbound: .outbound
        case .outbound: .inbound
        }
    }
}

/// Everything that is worth knowing of one request and its response, written once. Metrics, span, access log and tap
/// are renderings of it (design.md §2 rule 4).
struct ExchangeRecord: ~Copyable {
    /// When the whole request head was there.
    var started = MonotonicTime(nanoseconds: 0)
    /// When the upstream's final response head was there.
    var responded: MonotonicTime?
    /// When the last byte of the response had been handed to the kernel.
    var ended = MonotonicTime(nanoseconds: 0)
    /// The final status that the client was sent, or would have been sent.
    var status = 0
    /// How a gRPC call ended; nil for what is none.
    var grpcStatus: GRPCStatus?
    /// Set when the proxy made the failure.
    var reason: FailureReason?
    /// Connections tried, or requests sent; 0 when the exchange never got so far.
    var attempts = 0
    var requestBodyBytes: UInt64 = 0
    var responseBodyBytes: UInt64 = 0
    /// Where the last attempt went.
    var endpoint: SocketAddress?
    var trace: TraceContext?
    /// Who the other proxy is, as its certificate proved: the client's inbound, the upstream's outbound.
    var peerID: SPIFFEID?

    /// The one classifier: an exchange fails when the server side answered 5xx, or by a status of gRPC that is its own
    /// failure, or when the proxy could not finish it. A client that left is no failure of the service.
    var classification: Classification {
        switch reason {
        case .clientClosed, .clientTimeout: .success
        case .none: status >= 500 || grpcStatus?.isServerFailure == true ? .failure : .success
        case .some(let reason): reason.status >= 500 ? .failure : .success
        }
    }

    var latencyNanoseconds: UInt64 { ended.nanoseconds(since: started) }
}

/// The two values of the `classification` label.
package enum Classification: String, CaseIterable, Sendable { case success, failure }
