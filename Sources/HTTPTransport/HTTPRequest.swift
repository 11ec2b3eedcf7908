package import EventLoop
package import TLS

/// A request that has arrived whole: what a handler of `HTTPServer` is given.
package struct HTTPRequest: Sendable {
    package let method: String
    /// The path as it came, still percent-encoded, without the query.
    package let path: String
    /// What follows the first `?`, still encoded; empty when there is none.
    package let query: String
    package let fields: HTTPFields
    package let peer: SocketAddress
    /// Who the peer is, by the certificate that it showed; nil without TLS, or where it showed none.
    package let client: PeerIdentity?
    package let body: [UInt8]
    package let isHTTP2: Bool
    /// When the head had come, where the server says so.
    package let receivedAt: MonotonicTime?

    /// - Parameter target: origin-form (`/path?query`), absolute-form (its authority is dropped) or `*`.
    package init(
        method: String, target: String, fields: HTTPFields, peer: SocketAddress, client: PeerIdentity? = nil,
        body: [UInt8] = [], isHTTP2: Bool = false, receivedAt: MonotonicTime? = nil
    ) {
        self.isHTTP2 = isHTTP2
        self.receivedAt = receivedAt
        self.method = method
        self.fields = fields
        self.peer = peer
        self.client = client
        self.body = body
        let local = Self.originForm(target)
        let mark = local.firstIndex(of: "?")
        path = mark.map { String(local[..<$0]) } ?? String(local)
        query = mark.map { String(local[local.index(after: $0)...]) } ?? ""
    }

    private static func originForm(_ target: String) -> Substring {
        guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else { return target[...] }
        let authority = target[scheme.upperBound...]
        guard let end = authority.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
        return authority[end] == "/" ? authority[end...] : "/" + authority[end...]
    }

    /// The decoded segments of the path: `/api/traces/1` is `["api", "traces", "1"]`.
    package var segments: [String] {
        path.split(separator: "/", omittingEmptySubsequences: true).map { PercentEncoding.decode($0) }
    }

    /// Name and value of each query item, decoded, in order; `+` is a blank.
    package var queryItems: [(name: String, value: String)] {
        query.split(separator: "&").map { item in
            let mark = item.firstIndex(of: "=") ?? item.endIndex
            let value = mark < item.endIndex ? item[item.index(after: mark)...] : ""
            return (PercentEncoding.decodeForm(item[..<mark]), PercentEncoding.decodeForm(value))
        }
    }

    /// The first value of a query item.
    package func queryValue(_ name: String) -> String? { queryItems.first { $0.name == name }?.value }

    /// Every value of a query item that may be repeated.
    package func queryValues(_ name: String) -> [String] { queryItems.filter { $0.name == name }.map(\.value) }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    package var text: String { String(decoding: body, as: UTF8.self) }
}
