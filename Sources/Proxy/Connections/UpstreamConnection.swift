import EventLoop
import TLS

/// A connection from one worker to one endpoint; carries one exchange at a time.
final class UpstreamConnection: Stacked {
    let socket: Channel
    let pool: EndpointPool
    /// Exchanges completed on it: a failure of the first one cannot be a keep-alive race.
    private(set) var completedExchanges = 0
    fileprivate(set) var idleSince = MonotonicTime(nanoseconds: 0)
    var below: UpstreamConnection?

    init(socket: Channel, pool: EndpointPool) {
        self.socket = socket
        self.pool = pool
    }

    var isReused: Bool { completedExchanges > 0 }

    /// The peer has closed, or has sent bytes that nobody asked for, or a certificate has expired: it cannot carry another
    /// request.
    var isUnusable: Bool {
        socket.isReadable || socket.peerClosed || socket.isHungUp
            || (socket.isSecure && socket.hasExpired(at: .now()))
    }

    fileprivate func exchangeCompleted() { completedExchanges += 1 }
}

/// The keep-alive connections of one worker to one endpoint, most recently used first.
final class EndpointPool {
    /// Where to connect, and the same as text for spans and logs.
    let address: SocketAddress
    let label: String
    /// The workload that answers here, by mutual TLS; nil where the endpoint is outside of the mesh.
    let peer: SPIFFEID?
    /// The TLS sessions that the next connections may resume.
    let resumable = ResumableSessions()
    private var limits: PoolLimits
    private let cells: ConnectionCells
    private var idle = Stack<UpstreamConnection>()
    let streams = StreamPool()
    private(set) var openCount = 0
    private var isRetired = false
    /// Connections that are being opened; they count as open.
    private var openingCount = 0

    init(address: SocketAddress, peer: SPIFFEID?, limits: PoolLimits, cells: ConnectionCells) {
        self.address = address
        self.peer = peer
        self.limits = limits
        self.cells = cells
        label = address.description
    }

    /// True when no further connection may be opened to this endpoint.
    var isFull: Bool { openCount + openingCount >= limits.connectionsMax }

    /// - Returns: a live idle connection, or nil. Dead ones that are found on the way are dropped.
    func takeIdle() -> UpstreamConnection? {
        while let connection = idle.pop() {
            if !connection.isUnusable { return connection }
            discard(connection)
        }
        return nil
    }

    var isOpening: Bool { openingCount > 0 }
    func openingBegan() { openingCount += 1 }
    func openingEnded() { openingCount -= 1 }

    func streamsOpened(_ connection: HTTP2Connection) {
        openCount += 1
        cells.opened()
        streams.opened(connection)
        if isRetired { streams.retire() }
    }

    func streamsClosed(_ connection: HTTP2Connection) {
        if peer == nil, !connection.isConfirmed { streams.notSpoken(now: connection.worker.loop.now) }
        streams.closed(connection)
        closed(1)
    }

    func opened(_ socket: Channel) -> UpstreamConnection {
        openCount += 1
        cells.opened()
        return UpstreamConnection(socket: socket, pool: self)
    }

    /// Takes back a connection whose response was complete and which both sides want to keep.
    func giveBack(_ connection: UpstreamConnection, now: MonotonicTime) {
        connection.socket.waiter = nil
        connection.exchangeCompleted()
        guard !isRetired, idle.count < limits.idlePerEndpointMax, !connection.isUnusable else {
            discard(connection)
            return
        }
        connection.idleSince = now
        idle.push(connection)
    }

    /// Lets go of a connection, which closes it.
    func discard(_ connection: UpstreamConnection) {
        connection.socket.waiter = nil
        closed(1)
    }

    /// Drops what died or has been idle for too long. O(idle).
    func sweep(now: MonotonicTime) {
        let before = idle.count
        idle = idle.without { $0.isUnusable || now.nanoseconds(since: $0.idleSince) > limits.idleNanosecondsMax }
        closed(before - idle.count)
        streams.sweep(now: now, idleNanosecondsMax: limits.idleNanosecondsMax)
        resumable.sweep()
    }

    /// A reload has kept the endpoint.
    func keep(_ limits: PoolLimits) { self.limits = limits }

    /// A reload took the endpoint away: idle connections are closed now, and busy ones when they are given back.
    func retire() {
        isRetired = true
        streams.retire()
        closed(idle.count)
        var unwanted = idle
        idle = Stack()
        unwanted.removeAll()
    }

    private func closed(_ count: Int) {
        openCount -= count
        for _ in 0..<count { cells.closed() }
    }
}

/// The bounds of one endpoint's connections, per worker.
struct PoolLimits {
    /// Open connections; a request that would need one more is refused with `overload`.
    var connectionsMax = 1024
    /// Idle connections kept.
    var idlePerEndpointMax = 256
    /// An idle connection is closed after this; shorter than the usual 60 s of servers, so that ours goes first.
    var idleNanosecondsMax: UInt64 = 30_000_000_000
}
