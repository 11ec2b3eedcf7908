/// Keeps credentials out of url.full and url.query (semantic conventions, "URL": sensitive content).
enum URLRedaction {
    /// Whether a query key's value grants access: the signatures of presigned URLs.
    private static func isSecret(_ key: Substring) -> Bool {
        switch key {
        case "AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature": true
        default: false
        }
    }

    /// The query with the values of secret keys replaced.
    static func query(_ query: String) -> String {
        guard mayHaveSecrets(query.utf8.span) else { return query }
        return query.split(separator: "&", omittingEmptySubsequences: false).map { member in
            guard let end = member.firstIndex(of: "="), isSecret(member[..<end]) else { return String(member) }
            return "\(member[..<end])=REDACTED"
        }.joined(separator: "&")
    }

    /// Whether a key has the length of a secret one; nearly every query is passed by this without being taken apart.
    private static func mayHaveSecrets(_ query: borrowing Span<UInt8>) -> Bool {
        var start = 0
        var isKey = true
        for index in 0..<query.count {
            if query[index] == UInt8(ascii: "&") {
                start = index + 1
                isKey = true
            } else if isKey, query[index] == UInt8(ascii: "=") {
                switch index - start {
                case 3, 9, 14, 16: return true
                default: isKey = false
                }
            }
        }
        return false
    }

    /// `scheme://host/path?query` without the user's name and password.
    static func full(_ exchange: HTTPExchangeSummary) -> String {
        let host = exchange.host ?? exchange.peerAddress ?? ""
        let query = exchange.query.map(query)
        var url = ""
        url.reserveCapacity(
            exchange.scheme.utf8.count + 3 + host.utf8.count + exchange.path.utf8.count + 1 + (query?.utf8.count ?? 0))
        url += exchange.scheme
        url += "://"
        url += withoutUser(host)
        url += exchange.path
        if let query {
            url += "?"
            url += query
        }
        return url
    }

    private static func withoutUser(_ host: String) -> String {
        guard let end = host.utf8.span.lastOffset(of: UInt8(ascii: "@")) else { return host }
        let user = host.utf8.prefix(end)
        return (user.contains(UInt8(ascii: ":")) ? "REDACTED:REDACTED" : "REDACTED")
            + host.slice(from: end, to: host.utf8.count)
    }
}

/// A Host field value taken apart: `name`, `name:port`, `[IPv6]`, `[IPv6]:port`, user information left out.
struct Authority: Equatable {
    var name: String
    /// `nil` when there is none, or no valid one.
    var port: Int?

    init(_ text: String) {
        let bytes = text.utf8.span
        var start = 0
        if let end = bytes.lastOffset(of: UInt8(ascii: "@")) { start = end + 1 }
        var nameEnd = start
        if start < bytes.count, bytes[start] == UInt8(ascii: "["),
            let bracket = bytes.offset(of: UInt8(ascii: "]"), from: start)
        {
            start += 1
            nameEnd = bracket
        } else {
            nameEnd = bytes.offset(of: UInt8(ascii: ":"), from: start) ?? bytes.count
        }
        let rest = nameEnd < bytes.count && bytes[nameEnd] == UInt8(ascii: "]") ? nameEnd + 1 : nameEnd
        port = Self.port(bytes, from: rest)
        name = start == 0 && nameEnd == bytes.count ? text : text.slice(from: start, to: nameEnd)
    }

    /// `:digits` to the end.
    private static func port(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count, bytes[start] == UInt8(ascii: ":"), (1...5).contains(bytes.count - start - 1) else {
            return nil
        }
        var port = 0
        for index in (start + 1)..<bytes.count {
            guard (0x30...0x39).contains(bytes[index]) else { return nil }
            port = port * 10 + Int(bytes[index] - 0x30)
        }
        return port <= 65_535 ? port : nil
    }
}

extension Span<UInt8> {
    fileprivate func offset(of byte: UInt8, from start: Int) -> Int? {
        for index in start..<count where self[index] == byte { return index }
        return nil
    }

    fileprivate func lastOffset(of byte: UInt8) -> Int? {
        for index in (0..<count).reversed() where self[index] == byte { return index }
        return nil
    }
}

extension String {
    /// The bytes in the range, which begins and ends at ASCII bytes.
    fileprivate func slice(from start: Int, to end: Int) -> String {
        String(Substring(utf8.dropFirst(start).prefix(end - start)))
    }
}
