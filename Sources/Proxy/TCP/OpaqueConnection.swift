import Bytes
import Discovery
import EventLoop
import HTTP
import TLS

/// A client connection whose bytes are carried as they are, from the moment that this is known to its end. It never leaves
/// its loop; whoever accepted the connection closes its books.
///
/// Nothing can be said to a client whose protocol is not known: what fails is reset, so that no end is taken for a proper
/// one, and its reason is in the metrics and the access log.
final class OpaqueConnection {
    let client: Channel
    let waiter: Waiter
    let worker: Worker
    let direction: Direction
    let peer: SocketAddress
    private let destination: Destination
    private let started: MonotonicTime
    private(set) var endpoint: SocketAddress?
    /// This end of the connection to `endpoint`, as long as it is noted among the process's own.
    private var localEnd: SocketAddress?
    private var bytesIn: UInt64 = 0
    private var bytesOut: UInt64 = 0
    private var peerID: SPIFFEID?

    /// Where the bytes are to go.
    enum Destination {
        /// The workload beside this proxy.
        case workload
        /// A target of the configuration.
        case target(String)
        /// Where the client meant to go before the packet filter sent it here; nil when it meant this proxy.
        case original(SocketAddress?)
    }

    init(
        _ client: Channel, _ waiter: Waiter, _ worker: Worker, _ direction: Direction, from peer: SocketAddress,
        to destination: Destination
    ) {
        self.client = client
        self.waiter = waiter
        self.worker = worker
        self.direction = direction
        self.peer = peer
        self.destination = destination
        started = worker.loop.now
    }

    /// Serves what was accepted by a listener of `outbound.tcp`.
    static func serve(_ accepted: AcceptedConnection, to target: String, _ worker: Worker) {
        let waiter = Waiter(loop: worker.loop)
        worker.connectionOpened(.outbound, waiter)
        do throws(SystemError) {
            let socket = try Descriptor(number: accepted.number, loop: worker.loop, waiter: waiter)
            let connection = OpaqueConnection(
                Channel(socket), waiter, worker, .outbound, from: accepted.peer, to: .target(target))
            let bound = LoopBound(connection, loop: worker.loop)
            worker.loop.spawn {
                await bound.value.run()
                bound.value.worker.connectionClosed(.outbound, bound.value.waiter)
            }
        } catch {
            worker.connectionClosed(.outbound, waiter)
        }
    }

    /// Carries everything, to the end.
    func run() async {
        peerID = direction == .inbound ? client.peer : nil
        let target: TargetState?
        let refusal: FailureReason?
        (target, refusal) = resolve()
        let name = target?.target.name ?? WorkerRouting.unknownTarget
        let cells = openCells(name, .source, client.isSecure)
        let reason: FailureReason?
        if let target, refusal == nil {
            reason = await carry(to: target, cells)
        } else {
            reason = refusal ?? .internal
        }
        forgetOwn()
        if reason != nil { client.resetOnClose() }
        cells.closed(reason?.word.description ?? "", after: worker.loop.now.nanoseconds(since: started))
        record(name, reason)
    }

    private func resolve() -> (TargetState?, FailureReason?) {
        if direction == .inbound, worker.settings.requiresTLS, !client.isSecure {
            return (worker.routing.inbound, .tlsRequired)
        }
        switch destination {
        case .workload: return (worker.routing.inbound, worker.routing.inbound == nil ? .noRoute : nil)
        case .target(let name):
            let target = worker.routing.target(host: Array(name.utf8).rawBytes)
            return (target, target == nil ? .noRoute : nil)
        case .original(let address?):
            // The proxy is not exempt from the redirection: its own connection has come back.
            if worker.ownConnections.contains(peer, address) { return (nil, .loopDetected) }
            let target = worker.routing.target(at: address, direction)
            return (target, target == nil ? .overload : nil)
        case .original(nil): return (nil, .loopDetected)
        }
    }

    private func openCells(_ target: String, _ peer: TCPCells.Peer, _ isSecure: Bool) -> TCPCells {
        TCPCells(
            opening: worker.tcp.metrics, shard: worker.loop.index, direction, service: worker.settings.service,
            target: target, peer, isSecure: isSecure)
    }

    private func carry(to target: TargetState, _ sourceCells: TCPCells) async -> FailureReason? {
        let upstream: UpstreamConnection
        switch await connect(to: target) {
        case .connected(let connection): upstream = connection
        case .failed(let reason): return reason
        }
        let opened = worker.loop.now
        let cells = openCells(target.target.name, .destination, upstream.socket.isSecure)
        if direction == .outbound { peerID = upstream.socket.peer }
        let reason = await relay(upstream.socket, sourceCells, cells)
        if reason != nil { upstream.socket.resetOnClose() }
        cells.closed(reason?.word.description ?? "", after: worker.loop.now.nanoseconds(since: opened))
        upstream.pool.discard(upstream)
        return reason
    }

    // MARK: Carrying

    /// - Returns: nil when both sides have said all, or what broke.
    private func relay(_ upstream: Channel, _ source: TCPCells, _ destination: TCPCells) async -> FailureReason? {
        var outward = OpaqueFlow(read: source.readBytes, written: destination.writtenBytes)
        var inward = OpaqueFlow(read: destination.readBytes, written: source.writtenBytes)
        defer {
            outward.release(worker.tcp)
            inward.release(worker.tcp)
            (bytesIn, bytesOut) = (outward.byteCount, inward.byteCount)
        }
        for side in [client, upstream] { side.keepAlive(worker.settings) }
        var rounds = 0
        // There is no next request that a certificate's end could wait for.
        let end = min(client.expires, upstream.expires)
        while !(outward.isClosed && inward.isClosed) {
            if worker.loop.now >= end { return .tlsFailed }
            let sent = outward.carry(from: client, to: upstream, worker.tcp)
            let received = inward.carry(from: upstream, to: client, worker.tcp)
            // An upstream that has reset takes nothing, and its own word is the better reason.
            if received == .sourceFailed || sent == .sinkFailed { return .upstreamReset }
            if sent == .sourceFailed || received == .sinkFailed { return .clientClosed }
            if sent == .moved || received == .moved {
                rounds += 1
                if rounds % Limits.pumpRoundsMax == 0 { await Task.yield() }
                continue
            }
            let limit = min(idleDeadline(isHalfClosed: outward.isClosed || inward.isClosed) ?? end, end)
            let deadline = limit.nanoseconds == .max ? nil : limit
            if await waiter.wait(until: deadline) == .deadline, worker.loop.now < end { return .clientTimeout }
        }
        return nil
    }

    private func idleDeadline(isHalfClosed: Bool) -> MonotonicTime? {
        let idle = worker.settings.tcpIdleNanoseconds
        guard idle > 0 else { return nil }
        return worker.loop.now.advanced(
            byNanoseconds: isHalfClosed ? min(idle, Limits.tunnelHalfClosedNanosecondsMax) : idle)
    }

    // MARK: The books

    private func record(_ target: String, _ reason: FailureReason?) {
        let now = worker.loop.now
        let line = TCPLogLine(
            unixNanoseconds: worker.clock.unixNanoseconds(started), direction: direction, client: peer,
            upstream: target, endpoint: endpoint, peerID: peerID, isSecure: peerID != nil, reason: reason,
            receivedBytes: bytesIn, sentBytes: bytesOut, totalNanoseconds: now.nanoseconds(since: started))
        worker.close(line)
    }

    // MARK: Loops

    func attempted(_ address: SocketAddress) {
        forgetOwn()
        endpoint = address
    }

    /// Notes a new connection to `endpoint`, so that it is known should the packet filter send it back here.
    func noteOwn(_ socket: Descriptor) {
        guard case .original = destination, let endpoint, let local = socket.localAddress else { return }
        localEnd = local
        worker.ownConnections.opened(local, endpoint)
    }

    private func forgetOwn() {
        if let localEnd, let endpoint { worker.ownConnections.closed(localEnd, endpoint) }
        localEnd = nil
    }
}
