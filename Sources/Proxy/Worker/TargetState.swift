import Balancing
import Bytes
import Discovery
import EventLoop
import HTTP
import Routing

/// What one worker keeps for one target: its pools, its place in the rotation, its routes and their cells.
final class TargetState {
    let target: Target
    let pools: [EndpointPool]
    private var rotation: RoundRobin
    private var avoided = EndpointSet()
    private var avoidedUntil = MonotonicTime(nanoseconds: 0)
    /// By route index; the first is the default route's.
    private let routeCells: [RouteCells]
    let defaultCells: RouteCells
    private let loop: EventLoop

    /// After a failed connection attempt an endpoint is passed over for this long, while there are others.
    private static let avoidanceNanoseconds: UInt64 = 1_000_000_000

    /// Host for an HTTP/1.0 request that brought none.
    let hostBytes: [UInt8]

    init(_ target: Target, pools: [EndpointPool], cells: [RouteCells], loop: EventLoop) {
        self.target = target
        hostBytes = Array(target.name.utf8)
        self.pools = pools
        routeCells = cells
        defaultCells = cells[0]
        self.loop = loop
        rotation = RoundRobin(start: loop.index)
    }

    /// The same target at one of its endpoints only.
    func narrowed(to pool: EndpointPool) -> TargetState {
        TargetState(target, pools: [pool], cells: routeCells, loop: loop)
    }

    var endpointCount: Int { pools.count }

    /// The cells of the route that takes `request`.
    /// - Parameter path: instead of the received one.
    func cells(for request: borrowing RequestHead, path: [UInt8]?) -> RouteCells {
        let method = request[request.methodRange]
        if let path { return routeCells[target.routes.match(method: method, target: path.rawBytes)] }
        return routeCells[target.routes.match(method: method, target: request[request.target.path])]
    }

    /// Whether anything but the default route can be chosen.
    var hasRoutes: Bool { routeCells.count > 1 }

    /// The next endpoint in turn that is not being avoided; when all are, the next one all the same.
    func pickEndpoint() -> EndpointPool? {
        guard pools.count > 1 else { return pools.first }
        if !avoided.isEmpty, loop.now >= avoidedUntil { avoided = EndpointSet() }
        let index = rotation.next(of: pools.count, unavailable: avoided) ?? rotation.next(of: pools.count)
        return index.map { pools[$0] }
    }

    func connectFailed(_ pool: EndpointPool, _ reason: FailureReason) {
        defaultCells.connectionFailed(reason)
        guard pools.count > 1, let index = pools.firstIndex(where: { $0 === pool }) else { return }
        avoided.insert(index)
        avoidedUntil = loop.now.advanced(byNanoseconds: Self.avoidanceNanoseconds)
    }
}
