package import EventLoop
import Glibc

/// An absolute `http` URL, taken apart.
package struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
    /// A name, an IPv4 address, or an IPv6 address in brackets, as written.
    package let host: String
    package let port: UInt16
    /// Path and query, never empty, without a fragment.
    package let target: String

    /// - Returns: nil unless `text` is `http://host[:port][/path][?query]`, without user information, in visible ASCII.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), text.count > 7,
            String(text.prefix(7)).equalsIgnoringCase("http://")
        else { return nil }
        let rest = text.dropFirst(7).prefix { $0 != "#" }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let (host, port) = Self.authority(String(rest[..<end])) else { return nil }
        self.host = host
        self.port = port
        let target = String(rest[end...])
        self.target = target.hasPrefix("/") ? target : "/" + target
    }

    private static func authority(_ text: String) -> (String, UInt16)? {
        guard !text.contains("@") else { return nil }
        let hostEnd: String.Index
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            hostEnd = text.index(after: bracket)
        } else {
            hostEnd = text.firstIndex(of: ":") ?? text.endIndex
        }
        let host = String(text[..<hostEnd])
        guard !host.isEmpty else { return nil }
        guard hostEnd < text.endIndex else { return (host, 80) }
        guard text[hostEnd] == ":", let port = UInt16(text[text.index(after: hostEnd)...]), port > 0 else { return nil }
        return (host, port)
    }

    /// Host and port as the Host field has them; port 80 is left out (RFC 9110 §4.2.1).
    package var authority: String { port == 80 ? host : "\(host):\(port)" }

    package var description: String { "http://\(authority)\(target)" }

    /// The address when the host is one, or `localhost`; nil for a name.
    package var literalAddress: SocketAddress? { SocketAddress("\(host):\(port)") }

    /// Where to connect: the literal address, or else the first that the system's resolver gives.
    ///
    /// Blocks while a name is looked up, so it is called at start-up and never on a loop that carries traffic.
    /// - Returns: nil when the name does not resolve.
    package func resolve() -> SocketAddress? {
        if let literalAddress { return literalAddress }
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &found) == 0, let first = unsafe found else { return nil }
        defer { unsafe freeaddrinfo(found) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = unsafe getnameinfo(
            first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard status == 0 else { return nil }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return SocketAddress(name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)")
    }
}
