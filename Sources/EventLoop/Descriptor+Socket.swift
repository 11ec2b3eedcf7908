import CLinux
import Glibc

extension Descriptor {
    /// How a connection attempt ended.
    public enum ConnectResult {
        case connected(Descriptor)
        case timedOut
        /// errno.
        case failed(Int32)
    }

    /// Opens a TCP connection with TCP_NODELAY; suspends until it is established, refused, or `deadline` has passed.
    /// - Parameter isAbandoned: asked whenever `waiter` wakes; true ends the attempt with ECANCELED.
    public static func connect(
        to address: SocketAddress, loop: EventLoop, waiter: Waiter, deadline: MonotonicTime,
        isAbandoned: () -> Bool = { false }
    ) async -> ConnectResult {
        let number = socket(
            address.domain, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return .failed(errno) }
        setOption(number, IPPROTO_TCP, TCP_NODELAY, 1)
        let status = unsafe address.withSockaddr { unsafe Glibc.connect(number, $0, $1) }
        let code = errno
        guard status == 0 || code == EINPROGRESS else {
            close(number)
            return .failed(code)
        }
        let descriptor: Descriptor
        do throws(SystemError) {
            descriptor = try Descriptor(number: number, loop: loop, waiter: waiter)
        } catch {
            return .failed(error.code)
        }
        return status == 0 ? .connected(descriptor) : await descriptor.established(waiter, deadline, isAbandoned)
    }

    private func established(
        _ waiter: Waiter, _ deadline: MonotonicTime, _ isAbandoned: () -> Bool
    ) async -> ConnectResult {
        while true {
            if isAbandoned() { return .failed(ECANCELED) }
            let failure = socketError
            if failure != 0 { return .failed(failure) }
            if isConnected { return .connected(self) }
            if await waiter.wait(until: deadline) == .deadline { return .timedOut }
        }
    }

    /// The pending error of the socket (SO_ERROR), which reading clears; 0 when there is none.
    public var socketError: Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
        return code
    }

    private var isConnected: Bool {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(number, $0, &length) == 0 }
        }
    }

    /// The address this end is bound to.
    public var localAddress: SocketAddress? { SocketAddress.local(of: number) }

    /// Sends FIN; the peer may still send.
    public func shutdownWriting() { shutdown(number, Int32(SHUT_WR)) }

    /// Makes the coming close a reset, so that a peer in the middle of a message sees that it is incomplete.
    public func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Has the kernel ask a peer that has been silent for so long whether it is still there. One that does not answer three
    /// times within as long again is gone: the connection fails as after a reset.
    ///
    /// While bytes wait for their acknowledgement it does not ask, but sends them again for `net.ipv4.tcp_retries2`, about a
    /// quarter of an hour. TCP_USER_TIMEOUT would cut that short, and also end a peer that only reads slowly.
    public func keepAlive(seconds: Int32) {
        Self.setOption(number, Int(SOL_SOCKET), SO_KEEPALIVE, 1)
        Self.setOption(number, IPPROTO_TCP, TCP_KEEPIDLE, seconds)
        Self.setOption(number, IPPROTO_TCP, TCP_KEEPINTVL, max(1, seconds / 3))
        Self.setOption(number, IPPROTO_TCP, TCP_KEEPCNT, 3)
    }

    static func setOption(_ number: Int32, _ level: Int, _ name: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(number, Int32(level), name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

extension SocketAddress {
    static func local(of number: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(number, $0, &length) }
        }
        return status == 0 ? SocketAddress(storage) : nil
    }
}
