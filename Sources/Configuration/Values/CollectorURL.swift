/// Where spans go: `http://HOST:PORT` and optionally a path, OTLP's own when none is given, or `grpc://HOST:PORT`.
package struct CollectorURL: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Hashable, Sendable {
        case http, grpc
    }

    package let scheme: Scheme
    package let address: HostPort
    /// gRPC has a path of its own, so this is HTTP's alone.
    package let path: String

    /// OTLP/HTTP's default path for traces.
    package static let defaultPath = "/v1/traces"

    package init(scheme: Scheme = .http, address: HostPort, path: String = defaultPath) {
        self.scheme = scheme
        self.address = address
        self.path = path
    }

    /// - Returns: nil unless the text is `http://HOST:PORT[/PATH]` with a path of visible ASCII, or `grpc://HOST:PORT`.
    package init?(_ text: String) {
        guard let mark = text.firstRange(of: "://"), let scheme = Scheme(rawValue: String(text[..<mark.lowerBound]))
        else { return nil }
        let rest = text[mark.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let address = HostPort(String(rest[..<slash])), address.port > 0 else { return nil }
        let path = rest[slash...]
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else { return nil }
        let hasPath = !path.isEmpty && path != "/"
        if hasPath, scheme == .grpc { return nil }
        self.init(scheme: scheme, address: address, path: hasPath ? String(path) : Self.defaultPath)
    }

    package var description: String { "\(scheme.rawValue)://\(address)\(path == Self.defaultPath ? "" : path)" }
}
