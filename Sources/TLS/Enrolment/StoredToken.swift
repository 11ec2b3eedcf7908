/// A join token as it is kept: whom it is for, how long and how often it can be used, and a digest of its secret.
package struct StoredToken: Equatable, Sendable {
    package let name: String
    package let identity: WorkloadIdentity
    let digest: [UInt8]
    package let expires: WallTime
    /// nil: any number of times.
    package internal(set) var usesLeft: Int?

    package var isUsed: Bool { usesLeft == 0 }

    package func hasExpired(at now: WallTime) -> Bool { expires <= now }

    // MARK: The file

    /// Lines of a key and a value. The first says what the file is, so that no other is taken for one.
    var text: String {
        """
        \(Self.title)
        identity \(identity.id)
        sha256 \(digest.hexadecimal)
        expires \(expires.secondsSinceEpoch)
        uses \(usesLeft.map(String.init) ?? Self.anyNumber)

        """
    }

    private static let title = "martlet join token 1"
    private static let anyNumber = "any"

    /// - Parameters:
    ///   - name: of the file, without what follows the token's name.
    ///   - text: what the file holds.
    /// - Returns: nil for another text than `text` writes.
    init?(name: String, text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 6, lines[0] == Self.title, lines[5].isEmpty else { return nil }
        let values = zip(["identity", "sha256", "expires", "uses"], lines[1...]).compactMap { key, line -> String? in
            line.hasPrefix("\(key) ") ? String(line.dropFirst(key.count + 1)) : nil
        }
        guard values.count == 4, let identity = Self.identity(values[0]), let digest = [UInt8](hexadecimal: values[1]),
            let expires = Int64(values[2])
        else { return nil }
        let uses = Int(values[3])
        guard values[3] == Self.anyNumber || (uses ?? -1) >= 0 else { return nil }
        self.init(
            name: name, identity: identity, digest: digest, expires: WallTime(secondsSinceEpoch: expires),
            usesLeft: uses)
    }

    init(name: String, identity: WorkloadIdentity, digest: [UInt8], expires: WallTime, usesLeft: Int?) {
        self.name = name
        self.identity = identity
        self.digest = digest
        self.expires = expires
        self.usesLeft = usesLeft
    }

    private static func identity(_ text: String) -> WorkloadIdentity? {
        do {
            return try WorkloadIdentity(SPIFFEID(text))
        } catch {
            return nil
        }
    }
}
