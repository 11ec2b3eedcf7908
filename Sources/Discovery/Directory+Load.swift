package import Configuration
import Routing

extension Directory {
    /// A configured endpoint whose name had no address.
    package struct Unresolved: Equatable, Sendable, CustomStringConvertible {
        package let target: String
        package let endpoint: HostPort
        package let problem: ResolutionError

        package var description: String { "target \(target): \(endpoint.host) has no address: \(problem)" }
    }

    /// The directory that a configuration describes, with the identifiers of `previous` kept for what stays.
    ///
    /// Resolving names blocks; call it off the loops. An endpoint that does not resolve keeps the addresses that
    /// `previous` had for it, and is reported either way.
    package static func load(
        _ configuration: ProxyConfiguration, previous: Directory? = nil,
        resolve: (HostPort) throws(ResolutionError) -> [HostPort] = resolveBlocking
    ) -> (directory: Directory, unresolved: [Unresolved]) {
        var builder = DirectoryBuilder(previous: previous)
        let inbound = configuration.inbound.map { section in
            builder.target(
                TargetConfiguration(
                    name: configuration.name, endpoints: [section.forward], routes: section.routes),
                known: previous?.inbound, resolve)
        }
        let targets = (configuration.outbound?.targets ?? []).map { target in
            builder.target(target, known: previous?.targets.first { $0.hasName(target.name) }, resolve)
        }
        let directory = Directory(
            version: (previous?.version ?? 0) + 1, targets: targets, inbound: inbound,
            nextTargetID: builder.nextTargetID, nextEndpointID: builder.nextEndpointID)
        return (directory, builder.unresolved)
    }
}

extension Target {
    func hasName(_ other: String) -> Bool { name.lowercased() == other.lowercased() }
}

private struct DirectoryBuilder {
    var nextTargetID: UInt32
    var nextEndpointID: UInt32
    var unresolved: [Directory.Unresolved] = []

    init(previous: Directory?) {
        nextTargetID = previous?.nextTargetID ?? 0
        nextEndpointID = previous?.nextEndpointID ?? 0
    }

    mutating func target(
        _ configuration: TargetConfiguration, known: Target?,
        _ resolve: (HostPort) throws(ResolutionError) -> [HostPort]
    ) -> Target {
        var endpoints: [Endpoint] = []
        for configured in configuration.endpoints {
            for address in addresses(of: configured, in: configuration.name, known, resolve)
            where !endpoints.contains(where: { $0.address == address }) {
                let id = known?.endpoints.first { $0.address == address }?.id ?? takeEndpointID()
                endpoints.append(Endpoint(id: id, address: address, configured: configured))
            }
        }
        return Target(
            id: known?.id ?? takeTargetID(), name: configuration.name, endpoints: endpoints,
            routes: RouteTable(configuration.routes), identity: configuration.identity)
    }

    private mutating func addresses(
        of configured: HostPort, in target: String, _ known: Target?,
        _ resolve: (HostPort) throws(ResolutionError) -> [HostPort]
    ) -> [HostPort] {
        guard configured.kind == .name else { return [configured] }
        do {
            return try resolve(configured)
        } catch {
            unresolved.append(Directory.Unresolved(target: target, endpoint: configured, problem: error))
            return (known?.endpoints ?? []).filter { $0.configured == configured }.map(\.address)
        }
    }

    private mutating func takeTargetID() -> TargetID {
        defer { nextTargetID += 1 }
        return TargetID(rawValue: nextTargetID)
    }

    private mutating func takeEndpointID() -> EndpointID {
        defer { nextEndpointID += 1 }
        return EndpointID(rawValue: nextEndpointID)
    }
}
