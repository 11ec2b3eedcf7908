import CLinux
import Glibc

/// An IPv4 or IPv6 address with a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    private enum Family: Hashable { case v4, v6 }

    private let family: Family
    /// Network order; an IPv4 address is in the upper 32 bits of `high`.
    private let high: UInt64
    private let low: UInt64
    public let port: UInt16

    public init(v4 bits: UInt32, port: UInt16) {
        family = .v4
        high = UInt64(bits) << 32
        low = 0
        self.port = port
    }

    private init(v6High high: UInt64, low: UInt64, port: UInt16) {
        family = .v6
        self.high = high
        self.low = low
        self.port = port
    }

    /// - Parameter text: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `:8080` (every IPv4 address).
    /// - Returns: nil for anything else; names other than localhost are not resolved here.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.isEmpty { host = "0.0.0.0" }
        if host == "localhost" { host = "127.0.0.1" }
        if host.hasPrefix("["), host.hasSuffix("]") {
            var address = in6_addr()
            guard unsafe inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &address) == 1 else { return nil }
            let words = unsafe withUnsafeBytes(of: &address) {
                unsafe ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            self.init(v6High: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1), port: port)
        } else {
            var address = in_addr()
            guard unsafe inet_pton(AF_INET, host, &address) == 1 else { return nil }
            self.init(v4: UInt32(bigEndian: address.s_addr), port: port)
        }
    }

    init?(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            let address = unsafe withUnsafeBytes(of: &storage) { unsafe $0.loadUnaligned(as: sockaddr_in.self) }
            self.init(v4: UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let words = unsafe withUnsafeBytes(of: &storage) {
                unsafe (
                    $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self),
                    $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                    $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
                )
            }
            self.init(
                v6High: UInt64(bigEndian: words.1), low: UInt64(bigEndian: words.2), port: UInt16(bigEndian: words.0))
        default:
            return nil
        }
    }

    /// AF_INET or AF_INET6.
    var domain: Int32 { family == .v4 ? AF_INET : AF_INET6 }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        let length = unsafe withUnsafeMutableBytes(of: &storage) { bytes -> Int in
            switch family {
            case .v4:
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = UInt32(high >> 32).bigEndian
                unsafe bytes.storeBytes(of: address, as: sockaddr_in.self)
                return MemoryLayout<sockaddr_in>.size
            case .v6:
                unsafe bytes.storeBytes(of: sa_family_t(AF_INET6), as: sa_family_t.self)
                unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
                unsafe bytes.storeBytes(of: high.bigEndian, toByteOffset: 8, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt64.self)
                return MemoryLayout<sockaddr_in6>.size
            }
        }
        return unsafe withUnsafePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
        }
    }

    /// The address without its port, as `inet_ntop` writes it.
    public var host: String {
        switch family {
        case .v4:
            return "\(high >> 56).\(high >> 48 & 255).\(high >> 40 & 255).\(high >> 32 & 255)"
        case .v6:
            var words = (high.bigEndian, low.bigEndian)
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            return unsafe text.withUnsafeMutableBufferPointer { room in
                _ = unsafe inet_ntop(AF_INET6, &words, room.baseAddress, socklen_t(room.count))
                return unsafe String(cString: room.baseAddress!)
            }
        }
    }

    public var description: String { family == .v4 ? "\(host):\(port)" : "[\(host)]:\(port)" }

    public var isLoopback: Bool { family == .v4 ? high >> 56 == 127 : high == 0 && low == 1 }

    /// Where the packet filter redirects connections of IPv6 to that belong to a listener on this address of IPv4: the
    /// same port of the loopback address, or of every address. nil for any other address.
    public var companionOfIPv6: SocketAddress? {
        guard family == .v4, high == 0 || high >> 32 == 0x7f00_0001 else { return nil }
        return SocketAddress(v6High: 0, low: high == 0 ? 0 : 1, port: port)
    }

    /// An IPv4 address that an IPv6 socket shows as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), as the IPv4 address that it is.
    var unmapped: SocketAddress {
        guard family == .v6, high == 0, low >> 32 == 0xffff else { return self }
        return SocketAddress(v4: UInt32(truncatingIfNeeded: low), port: port)
    }
}
