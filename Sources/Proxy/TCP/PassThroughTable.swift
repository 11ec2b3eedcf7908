import Configuration
import Discovery
import EventLoop
import Routing

/// What one worker keeps for the original destinations that no target of the configuration has.
final class PassThroughTable {
    private var states: [Key: (state: TargetState, pool: EndpointPool)] = [:]
    /// Destinations that have their own name in metrics; a name once given stays, as its series do.
    private var named: Set<SocketAddress> = []
    private let settings: WorkerSettings
    private let metrics: ProxyMetrics
    private let loop: EventLoop

    private struct Key: Hashable {
        let address: SocketAddress
        let direction: Direction
    }

    init(settings: WorkerSettings, metrics: ProxyMetrics, loop: EventLoop) {
        self.settings = settings
        self.metrics = metrics
        self.loop = loop
    }

    /// - Parameter workload: this proxy's own, which is at every inbound destination.
    /// - Returns: nil when there are too many destinations with open connections.
    func state(_ address: SocketAddress, _ direction: Direction, workload: TargetState?) -> TargetState? {
        let key = Key(address: address, direction: direction)
        if let known = states[key] { return known.state }
        if states.count >= TCPLimits.passThroughsMax { sweep(now: loop.now) }
        guard states.count < TCPLimits.passThroughsMax else { return nil }
        let pool = EndpointPool(
            address: address, peer: nil, limits: settings.pool,
            cells: ConnectionCells(metrics, shard: loop.index, direction, .upstream))
        let state =
            switch direction {
            case .inbound: workload?.narrowed(to: pool) ?? outsider(address, direction, pool)
            case .outbound: outsider(address, direction, pool)
            }
        states[key] = (state, pool)
        return state
    }

    private func outsider(_ address: SocketAddress, _ direction: Direction, _ pool: EndpointPool) -> TargetState {
        let target = Target(passingThrough: name(address))
        let cells = RouteCells(
            metrics, shard: loop.index, direction: direction, service: settings.service, target: target.name,
            route: RouteConfiguration.defaultName, peer: WorkerRouting.peer(nil, direction, settings))
        return TargetState(target, pools: [pool], cells: [cells], loop: loop)
    }

    private func name(_ address: SocketAddress) -> String {
        guard named.contains(address) || named.count < TCPLimits.passThroughNamesMax else {
            return WorkerRouting.unknownTarget
        }
        named.insert(address)
        return address.description
    }

    /// Forgets the destinations without a connection.
    func sweep(now: MonotonicTime) {
        for (key, entry) in states {
            entry.pool.sweep(now: now)
            if entry.pool.openCount == 0, !entry.pool.isOpening { states[key] = nil }
        }
    }

    /// A reload has made another table.
    func retire() {
        for entry in states.values { entry.pool.retire() }
    }
}
