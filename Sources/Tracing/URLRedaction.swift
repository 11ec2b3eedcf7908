/// Keeps credentials out of url.full and url.query (semantic conventions, "URL": sensitive content).
enum URLRedaction {
    /// Query keys whose values grant access: the signatures of presigned URLs.
    private static let secretKeys: Set<Substring> = ["AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature"]

    /// The query with the values of secret keys replaced.
    static func query(_ query: String) -> String {
        guard query.utf8.contains(UInt8(ascii: "=")) else { return query }
        let members = query.split(separator: "&", omittingEmptySubsequences: false)
        guard members.contains(where: { secretKey($0) != nil }) else { return query }
        return members.map { member in secretKey(member).map { "\($0)=REDACTED" } ?? String(member) }
            .joined(separator: "&")
    }

    private static func secretKey(_ member: Substring) -> Substring? {
        guard let end = member.firstIndex(of: "=") else { return nil }
        let key = member[..<end]
        return secretKeys.contains(key) ? key : nil
    }

    /// `scheme://host/path?query` without the user's name and password.
    static func full(_ exchange: HTTPExchangeSummary) -> String {
        var url = exchange.scheme + "://"
        let host = exchange.host ?? exchange.peerAddress ?? ""
        if let end = host.utf8.lastIndex(of: UInt8(ascii: "@")) {
            url += host.utf8[..<end].contains(UInt8(ascii: ":")) ? "REDACTED:REDACTED" : "REDACTED"
            url += host[end...]
        } else {
            url += host
        }
        url += exchange.path
        if let query = exchange.query { url += "?" + self.query(query) }
        return url
    }
}

/// A Host field value taken apart: `name`, `name:port`, `[IPv6]`, `[IPv6]:port`, user information left out.
struct Authority: Equatable {
    var name: String
    /// `nil` when there is none, or no valid one.
    var port: Int?

    init(_ text: String) {
        var rest = text.utf8[...]
        if let end = rest.lastIndex(of: UInt8(ascii: "@")) { rest = rest[rest.index(after: end)...] }
        if rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
            name = String(Substring(rest[..<end].dropFirst()))
            rest = rest[end...].dropFirst()
        } else {
            let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            name = String(Substring(rest[..<end]))
            rest = rest[end...]
        }
        port = rest.first == UInt8(ascii: ":") ? UInt16(Substring(rest.dropFirst())).map(Int.init) : nil
    }
}
