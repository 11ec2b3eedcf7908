import Configuration
import Discovery
import EventLoop
import HTTP
import Routing
import TLS

/// What one worker resolves requests against: a directory and, for each of its targets, the worker's own state.
final class WorkerRouting {
    let directory: Directory
    let inbound: TargetState?
    /// By `TargetID`; ids are small and never reused.
    private let outbound: [TargetState?]
    private let pools: [EndpointID: EndpointPool]
    /// The targets of endpoints that the packet filter may send a connection for; empty where it sends none.
    private var byAddress: [SocketAddress: TargetState] = [:]
    private let passThroughs: PassThroughTable
    private let unroutedOutbound: RouteCells
    private let unroutedInbound: RouteCells

    /// The `dst_service` of requests whose target is not known.
    static let unknownTarget = "unknown"

    /// - Parameter previous: whose pools are kept for the endpoints that stay; the others are closed when idle.
    init(
        _ directory: Directory, settings: WorkerSettings, metrics: ProxyMetrics, loop: EventLoop,
        previous: WorkerRouting? = nil
    ) {
        self.directory = directory
        passThroughs = PassThroughTable(settings: settings, metrics: metrics, loop: loop)
        func unrouted(_ direction: Direction) -> RouteCells {
            RouteCells(
                metrics, shard: loop.index, direction: direction, service: settings.service,
                target: direction == .inbound ? settings.service : Self.unknownTarget, route: "default",
                peer: Self.peer(nil, direction, settings))
        }
        unroutedInbound = unrouted(.inbound)
        unroutedOutbound = unrouted(.outbound)
        var pools: [EndpointID: EndpointPool] = [:]
        func state(_ target: Target, _ direction: Direction) -> TargetState {
            let cells = ConnectionCells(metrics, shard: loop.index, direction, .upstream)
            let peer = target.identity.map { SPIFFEID(configured: $0) }
            let targetPools = target.endpoints.compactMap { endpoint -> EndpointPool? in
                if let kept = previous?.pools[endpoint.id], kept.peer == peer {
                    kept.keep(settings.pool)
                    pools[endpoint.id] = kept
                    return kept
                }
                guard let address = SocketAddress(endpoint.address.description) else { return nil }
                let pool = EndpointPool(
                    address: address, peer: peer, limits: settings.pool, cells: cells)
                pools[endpoint.id] = pool
                return pool
            }
            let routes = target.routes.names.indices.map { index in
                RouteCells(
                    metrics, shard: loop.index, direction: direction, service: settings.service, target: target.name,
                    route: target.routes.names[index], template: target.routes.template(index),
                    peer: Self.peer(target, direction, settings))
            }
            return TargetState(target, pools: targetPools, cells: routes, loop: loop)
        }
        inbound = directory.inbound.map { state($0, .inbound) }
        var outbound: [TargetState?] = []
        for target in directory.targets {
            let index = Int(target.id.rawValue)
            while outbound.count <= index { outbound.append(nil) }
            outbound[index] = state(target, .outbound)
        }
        self.outbound = outbound
        self.pools = pools
        if settings.isTransparent { byAddress = Self.byAddress(outbound) }
        previous?.retire(except: pools)
    }

    /// Who is at the other end of the requests of a target; inbound, clients by TLS get cells of their own when they come.
    static func peer(_ target: Target?, _ direction: Direction, _ settings: WorkerSettings) -> PeerLabels {
        guard settings.hasIdentity else { return .none(.disabled) }
        switch direction {
        case .inbound: return .none(.notProvidedByRemote)
        case .outbound: return target?.identity.map { .server($0) } ?? .none(.notProvidedByServiceDiscovery)
        }
    }

    /// - Parameter host: the raw value of Host, or the authority of an absolute-form target.
    func target(host: RawSpan) -> TargetState? {
        guard let id = directory.targetID(host: host) else { return nil }
        return outbound[Int(id.rawValue)]
    }

    /// Where requests are counted that could not be read or that no target takes.
    func unroutedCells(_ direction: Direction) -> RouteCells {
        switch direction {
        case .inbound: unroutedInbound
        case .outbound: unroutedOutbound
        }
    }

    private static func byAddress(_ targets: [TargetState?]) -> [SocketAddress: TargetState] {
        var found: [SocketAddress: TargetState] = [:]
        for target in targets.compactMap(\.self) {
            for pool in target.pools where found[pool.address] == nil {
                found[pool.address] = target.narrowed(to: pool)
            }
        }
        return found
    }

    /// Where a connection goes that was meant for `address`: to the target that has it as an endpoint, else past every
    /// target. - Returns: nil when there are too many such destinations.
    func target(at address: SocketAddress, _ direction: Direction) -> TargetState? {
        if direction == .outbound, let known = byAddress[address] { return known }
        return passThroughs.state(address, direction, workload: inbound)
    }

    func sweep(now: MonotonicTime) {
        for pool in pools.values { pool.sweep(now: now) }
        passThroughs.sweep(now: now)
    }

    private func retire(except kept: [EndpointID: EndpointPool]) {
        for (id, pool) in pools where kept[id] !== pool { pool.retire() }
        passThroughs.retire()
    }
}

extension SPIFFEID {
    /// - Parameter text: which the configuration has checked by the same rules.
    fileprivate init(configured text: String) {
        do throws(SPIFFEIDError) {
            try self.init(text)
        } catch {
            preconditionFailure("the configuration let \(text) pass as a SPIFFE ID: \(error)")
        }
    }
}
