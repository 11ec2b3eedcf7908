import Glibc

/// A host (IPv4, IPv6 or a name) and a port, as configuration writes them.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// Without brackets; names keep the case in which they were written.
    package let host: String
    package let port: UInt16
    package let kind: Kind

    package enum Kind: Hashable, Sendable { case ipv4, ipv6, name }

    /// - Parameter text: `127.0.0.1:80`, `[::1]:80`, `localhost:80` or `name.example:80`.
    /// - Returns: nil for anything else; nothing is resolved.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(decimal: text[text.index(after: colon)...])
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            self.init(ipv6: String(host.dropFirst().dropLast()), port: port)
        } else {
            self.init(ipv4OrName: String(host), port: port)
        }
    }

    private init?(ipv6 host: String, port: UInt16) {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        self.host = host
        self.port = port
        kind = .ipv6
    }

    private init?(ipv4OrName host: String, port: UInt16) {
        var address = in_addr()
        if unsafe inet_pton(AF_INET, host, &address) == 1 {
            kind = .ipv4
        } else if Self.isName(host) {
            kind = .name
        } else {
            return nil
        }
        self.host = host
        self.port = port
    }

    /// An address that the program itself states.
    package init(ipv4 host: StaticString, port: UInt16) {
        self.host = host.description
        self.port = port
        kind = .ipv4
    }

    package var description: String { kind == .ipv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can reach a listener on it. `localhost` counts (RFC 6761 §6.3).
    package var isLoopback: Bool {
        switch kind {
        case .ipv4: host.hasPrefix("127.")
        case .ipv6: host == "::1"
        case .name: host == "localhost"
        }
    }

    /// Letters, digits, `-`, `_` and `.`; the last label is not a number, so that a mistyped IPv4 address is no name
    /// (WHATWG URL §3.5 draws the same line).
    static func isName(_ host: String) -> Bool {
        guard !host.isEmpty, host.utf8.count <= ConfigurationLimits.hostNameBytes else { return false }
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy({ (1...63).contains($0.count) && $0.allSatisfy(\.isNameByte) }) else { return false }
        return !(labels[labels.count - 1].allSatisfy(\.isDigit))
    }
}

extension UInt8 {
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    fileprivate var isNameByte: Bool {
        isDigit || (self | 0x20) &- UInt8(ascii: "a") < 26 || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
    }
}

extension FixedWidthInteger {
    /// Digits only: the standard initialiser also takes a sign, which no setting wants.
    init?(decimal text: some StringProtocol) {
        guard text.utf8.allSatisfy(\.isDigit) else { return nil }
        self.init(text)
    }
}
