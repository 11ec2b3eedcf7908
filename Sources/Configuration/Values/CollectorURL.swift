/// Where spans go: `http://HOST:PORT` and optionally a path, OTLP's own when none is given.
package struct CollectorURL: Hashable, Sendable, CustomStringConvertible {
    package let address: HostPort
    package let path: String

    /// OTLP/HTTP's default path for traces.
    package static let defaultPath = "/v1/traces"

    package init(address: HostPort, path: String = defaultPath) {
        self.address = address
        self.path = path
    }

    /// - Returns: nil unless the text is `http://HOST:PORT[/PATH]` with a path of visible ASCII.
    package init?(_ text: String) {
        let scheme = "http://"
        guard text.hasPrefix(scheme) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let address = HostPort(String(rest[..<slash])), address.port > 0 else { return nil }
        let path = rest[slash...]
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else { return nil }
        self.init(address: address, path: path.isEmpty || path == "/" ? Self.defaultPath : String(path))
    }

    package var description: String { "http://\(address)\(path == Self.defaultPath ? "" : path)" }
}
