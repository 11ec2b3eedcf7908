/// How the requests of a service or an edge are carried: by mutual TLS, or why not.
struct Encryption: Equatable {
    /// Share of the requests that mutual TLS carries.
    var ratio: Double
    /// Who answers an edge, as its certificate proves.
    var identity: String?
    /// Why the others are carried without, as `no_tls_reason` says.
    var reason: String?

    /// What the table shows: a lock, or how far it is from one.
    var mark: String {
        switch ratio {
        case 1: "🔒"
        case 0: "open"
        default: "\(Int(ratio * 100)) %"
        }
    }

    var detail: String? { identity ?? reason }
}

extension Prometheus {
    /// How every service and edge was carried over the last `window` seconds; none where there was no traffic.
    func encryption(windowSeconds window: Int) async throws(ObservationError) -> [SignalSubject: Encryption] {
        var found: [SignalSubject: Encryption] = [:]
        for isEdge in [false, true] {
            var rates: [SignalSubject: (secure: Double, open: Double)] = [:]
            for sample in try await query(Self.byTransport(isEdge: isEdge, window: window)) {
                guard let subject = SignalSubject(sample.labels, isEdge: isEdge) else { continue }
                let isSecure = sample.labels["tls"] == "true"
                rates[subject, default: (0, 0)].secure += isSecure ? sample.value : 0
                rates[subject, default: (0, 0)].open += isSecure ? 0 : sample.value
                var encryption = found[subject] ?? Encryption(ratio: 0)
                encryption.identity = sample.labels["server_id"] ?? encryption.identity
                encryption.reason = sample.labels["no_tls_reason"] ?? encryption.reason
                found[subject] = encryption
            }
            for (subject, rate) in rates { found[subject]?.ratio = rate.secure / (rate.secure + rate.open) }
        }
        return found
    }

    private static func byTransport(isEdge: Bool, window: Int) -> String {
        let by = isEdge ? "service, dst_service, tls, server_id, no_tls_reason" : "service, tls, no_tls_reason"
        let selector = #"job="martlet-proxy",direction="\#(isEdge ? "outbound" : "inbound")""#
        return "sum by (\(by)) (rate(request_total{\(selector)}[\(window)s])) > 0"
    }
}
