import CLinux
import Glibc
public import Synchronization

/// A connection that was accepted and has no owner yet.
public struct AcceptedConnection: Sendable {
    /// Non-blocking, close-on-exec, TCP_NODELAY; the receiver owns it.
    public let number: Int32
    public let peer: SocketAddress
}

/// A listening socket that several loops can accept from, each through its own descriptor (SO_REUSEPORT).
///
/// When the process runs out of descriptors (EMFILE, ENFILE) a reserved one is given up to accept and close the
/// waiting connection, so that its client learns at once, and accepting rests for 100 ms; what is open goes on.
public final class Listener {
    private let descriptor: Descriptor
    private let loop: EventLoop
    private let waiter: Waiter
    private var reserve: Int32
    private var isClosed = false
    public let address: SocketAddress
    /// Times that accepting paused because descriptors or memory ran out.
    public let pauses: Pauses

    /// Counts pauses; shared with whoever renders metrics.
    public final class Pauses: Sendable {
        public let count = Atomic<UInt64>(0)
        public init() {}
    }

    /// - Parameter isIPv6Only: leaves the IPv4 address of the same port to another listener.
    /// - Throws: `SystemError` naming the address, when it is taken or not ours.
    public init(
        binding address: SocketAddress, loop: EventLoop, sharesPort: Bool = true, isIPv6Only: Bool = false,
        pauses: Pauses = Pauses()
    ) throws(SystemError) {
        let number = try Self.bind(address, sharesPort: sharesPort, isIPv6Only: isIPv6Only)
        self.loop = loop
        self.pauses = pauses
        self.address = SocketAddress.local(of: number) ?? address
        waiter = Waiter(loop: loop)
        reserve = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        descriptor = try Descriptor(number: number, loop: loop, waiter: waiter)
    }

    deinit { if reserve >= 0 { close(reserve) } }

    /// - Parameter sharesPort: false makes the bind fail when anybody listens there already; used to find a taken port.
    private static func bind(
        _ address: SocketAddress, sharesPort: Bool, isIPv6Only: Bool = false
    ) throws(SystemError) -> Int32 {
        let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let number = socket(address.domain, Int32(type), 0)
        guard number >= 0 else { throw SystemError("socket") }
        Descriptor.setOption(number, Int(SOL_SOCKET), SO_REUSEADDR, 1)
        if isIPv6Only { Descriptor.setOption(number, IPPROTO_IPV6, IPV6_V6ONLY, 1) }
        if sharesPort { Descriptor.setOption(number, Int(SOL_SOCKET), SO_REUSEPORT, 1) }
        guard unsafe address.withSockaddr({ unsafe Glibc.bind(number, $0, $1) }) == 0,
            listen(number, Limits.listenBacklog) == 0
        else {
            let code = errno
            close(number)
            throw SystemError("listen on \(address)", code: code)
        }
        return number
    }

    /// Fails with the reason when somebody else listens on `address`: sharing the port would hide that.
    public static func checkFree(_ address: SocketAddress) throws(SystemError) {
        close(try bind(address, sharesPort: false))
    }

    /// Accepts until `stop()` or the loop drains, handing each connection to `accepted`, which must not suspend. What the
    /// kernel has completed by then is taken as well: closing the socket would reset it.
    public func run(_ accepted: (AcceptedConnection) -> Void) async {
        loop.join(waiter)
        defer {
            loop.leave(waiter)
            waiter.invalidate()
        }
        while !isClosed, !loop.isDraining {
            switch acceptBatch(accepted) {
            case .more:
                await Task.yield()
            case .drained:
                _ = await waiter.wait()
            case .exhausted:
                pauses.count.add(1, ordering: .relaxed)
                _ = await waiter.wait(until: loop.now.advanced(byNanoseconds: Limits.acceptPauseNanoseconds))
            }
        }
        for _ in 0..<Limits.lastAcceptBatchesMax {
            guard case .more = acceptBatch(accepted) else { return }
        }
    }

    /// Ends `run`; connections that were accepted go on.
    public func stop() {
        isClosed = true
        waiter.wake()
    }

    private enum Batch { case more, drained, exhausted }

    private func acceptBatch(_ accepted: (AcceptedConnection) -> Void) -> Batch {
        for _ in 0..<Limits.acceptsPerWakeMax {
            var storage = sockaddr_storage()
            let number = acceptOne(&storage)
            if number >= 0 {
                Descriptor.setOption(number, IPPROTO_TCP, TCP_NODELAY, 1)
                accepted(
                    AcceptedConnection(number: number, peer: SocketAddress(storage) ?? SocketAddress(v4: 0, port: 0)))
                continue
            }
            switch errno {
            case EAGAIN: return .drained
            case EMFILE, ENFILE:
                refuseOne()
                return .exhausted
            case ENOBUFS, ENOMEM: return .exhausted
            default: continue
            }
        }
        return .more
    }

    private func acceptOne(_ storage: inout sockaddr_storage) -> Int32 {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe martlet_accept(descriptor.number, $0, &length)
            }
        }
    }

    private func refuseOne() {
        guard reserve >= 0 else { return }
        close(reserve)
        var storage = sockaddr_storage()
        let number = acceptOne(&storage)
        if number >= 0 { close(number) }
        reserve = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
}
