import CLinux
import Glibc

extension AcceptedConnection {
    /// Where the client meant to connect to, when a rule of the packet filter has redirected the connection here
    /// (SO_ORIGINAL_DST of IPv4, IP6T_SO_ORIGINAL_DST of IPv6); nil when it came to this listener by itself.
    public var originalDestination: SocketAddress? {
        let local = SocketAddress.local(of: number)?.unmapped
        let original = (ask(SOL_IP) ?? ask(SOL_IPV6))?.unmapped
        return original == local ? nil : original
    }

    /// Both options have the same number (linux/netfilter_ipv4.h, linux/netfilter_ipv6/ip6_tables.h).
    private static let originalDestinationOption: Int32 = 80

    private func ask(_ level: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe getsockopt(number, level, Self.originalDestinationOption, $0, &length)
        }
        return status == 0 ? SocketAddress(storage) : nil
    }
}
