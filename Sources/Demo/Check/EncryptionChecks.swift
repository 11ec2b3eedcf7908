/// How the shop's own traffic is carried, as its metrics say.
struct EncryptionChecks {
    let mesh: Mesh
    let report: CheckReport

    private static let windowSeconds = 10

    func assertAll() async throws(DemoError) {
        guard let identities = mesh.identities else { return try await assertOpen() }
        try await report.eventually(
            "mutual TLS carries every edge, and each callee proved to be who it is", 10, mesh
        ) { () async throws(ObservationError) in
            let found = try await mesh.prometheus.encryption(windowSeconds: Self.windowSeconds)
            for case .edge(let from, let to) in SignalSubject.edges {
                let edge = found[.edge(from: from, to: to)]
                guard edge == Encryption(ratio: 1, identity: identities.id(to)) else {
                    return "\(from.rawValue) → \(to.rawValue): \(Self.words(edge))"
                }
            }
            return nil
        }
        try await report.eventually(
            "\(ServiceName.entrance.rawValue) alone takes plaintext, from customers; nobody else gets any", 10, mesh
        ) { () async throws(ObservationError) in
            let found = try await mesh.prometheus.encryption(windowSeconds: Self.windowSeconds)
            for name in ServiceName.allCases {
                let expected =
                    name == .entrance ? Encryption(ratio: 0, reason: "not_provided_by_remote") : Encryption(ratio: 1)
                guard found[.service(name)] == expected else {
                    return "\(name.rawValue): \(Self.words(found[.service(name)]))"
                }
            }
            return nil
        }
    }

    private func assertOpen() async throws(DemoError) {
        try await report.eventually("without identities nothing is carried by mutual TLS", 10, mesh) {
            () async throws(ObservationError) in
            let found = try await mesh.prometheus.encryption(windowSeconds: Self.windowSeconds)
            return SignalSubject.all.first { found[$0] != Encryption(ratio: 0, reason: "disabled") }.map {
                "\($0.title): \(Self.words(found[$0]))"
            }
        }
    }

    private static func words(_ encryption: Encryption?) -> String {
        encryption.map { "\($0.mark) \($0.detail ?? "")" } ?? "no traffic"
    }
}
