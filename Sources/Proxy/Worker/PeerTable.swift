import TLS

/// What the labels `tls`, `client_id`, `server_id` and `no_tls_reason` say of the other proxy.
enum PeerLabels: Equatable {
    case client(String)
    case server(String)
    case none(NoTLSReason)

    /// In the order in which `MetricName` lists them.
    var values: [String] {
        switch self {
        case .client(let id): ["true", id, "", ""]
        case .server(let id): ["true", "", id, ""]
        case .none(let reason): ["false", "", "", reason.rawValue]
        }
    }
}

/// The values of the `no_tls_reason` label: why a request is carried without TLS.
enum NoTLSReason: String {
    /// This proxy has no identity.
    case disabled
    /// The client began without TLS.
    case notProvidedByRemote = "not_provided_by_remote"
    /// The target names no identity: it is outside of the mesh.
    case notProvidedByServiceDiscovery = "not_provided_by_service_discovery"
}

/// The workloads that have called this worker, as small numbers. A connection keeps its client's number, by which a route
/// finds the client's cells without comparing names.
final class PeerTable {
    private var numbers: [SPIFFEID: Int] = [:]
    private var ids: [String] = ["", PeerTable.others]

    /// The number of a client without TLS.
    static let noPeer = 0
    /// The `client_id` of all clients that came when the table was full; what it counts is what was folded.
    static let others = "overflow"
    private static let othersNumber = 1

    func number(of peer: SPIFFEID?) -> Int {
        guard let peer else { return Self.noPeer }
        if let known = numbers[peer] { return known }
        guard numbers.count < Limits.clientIdentitiesMax else { return Self.othersNumber }
        numbers[peer] = ids.count
        ids.append(peer.description)
        return ids.count - 1
    }

    func labels(_ number: Int) -> PeerLabels { .client(ids[number]) }
}
