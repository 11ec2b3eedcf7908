internal import Glibc

/// A directory with the join tokens of a mesh, one file each.
///
/// Whoever changes it holds its lock, also across processes, and every change is on the disk before it is told: a use that
/// was granted is never granted again, whatever crashes meanwhile.
package struct TokenDirectory: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    private static let suffix = ".token"

    private func file(_ name: String) -> String { "\(path)/\(name)\(Self.suffix)" }

    /// Makes the directory when it is missing.
    package func make() throws(IdentityError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failed(path, "cannot be made") }
    }

    // MARK: For people

    /// Makes a token and keeps what is needed to know it again. The directory is made when it is missing.
    /// - Parameters:
    ///   - name: one that `IdentityDirectory.isWorkloadName` allows.
    ///   - uses: nil for any number.
    /// - Returns: the only copy of the secret.
    package func create(
        name: String, for identity: WorkloadIdentity, uses: Int?, expires: WallTime, replaces: Bool = false
    ) throws(IdentityError) -> JoinToken {
        precondition(IdentityDirectory.isWorkloadName(name), "\(name) is no name for a token's file")
        try make()
        return try withLock { () throws(IdentityError) in
            guard try names().count < Limits.joinTokensMax else {
                throw IdentityError(path, "has \(Limits.joinTokensMax) tokens, the most allowed; revoke some first")
            }
            let token = JoinToken.make(name: name)
            let stored = StoredToken(
                name: name, identity: identity, digest: token.digest, expires: expires, usesLeft: uses)
            try StoredFile.write(.privateKey, Array(stored.text.utf8), to: file(name), replaces: replaces)
            return token
        }
    }

    /// Every token, by name, those that are used up or expired included.
    package func list() throws(IdentityError) -> [StoredToken] {
        var found: [StoredToken] = []
        for name in try names() { found.append(try read(name)) }
        return found
    }

    /// Makes a token useless from now on. Certificates that were issued for it stay valid until they expire.
    package func revoke(_ name: String) throws(IdentityError) {
        guard IdentityDirectory.isWorkloadName(name), StoredFile.exists(file(name)) else {
            throw IdentityError(file(name), "is missing: there is no token \(name)")
        }
        try withLock { () throws(IdentityError) in
            guard unsafe unlink(file(name)) == 0 else { throw failed(file(name), "cannot be removed") }
            StoredFile.syncDirectory(of: file(name))
        }
    }

    // MARK: For the service

    /// Whom a token would be good for, without using it.
    package func check(_ token: JoinToken, at now: WallTime) throws(TokenRefusal) -> WorkloadIdentity {
        try usable(token, at: now).identity
    }

    /// Uses a token once; when this returns, the use is on the disk.
    package func redeem(_ token: JoinToken, at now: WallTime) throws(TokenRefusal) {
        let lock: DirectoryLock
        do throws(IdentityError) {
            lock = try DirectoryLock(path)
        } catch {
            throw .unavailable(error)
        }
        defer { lock.unlock() }
        var stored = try usable(token, at: now)
        guard let left = stored.usesLeft else { return }
        stored.usesLeft = left - 1
        do throws(IdentityError) {
            try StoredFile.write(.privateKey, Array(stored.text.utf8), to: file(token.name), replaces: true)
        } catch {
            throw .unavailable(error)
        }
    }

    /// A wrong secret and a name that does not exist look the same to the one who asks.
    private func usable(_ token: JoinToken, at now: WallTime) throws(TokenRefusal) -> StoredToken {
        guard StoredFile.exists(file(token.name)) else { throw .unknown }
        let stored: StoredToken
        do throws(IdentityError) {
            stored = try read(token.name)
        } catch {
            throw .unavailable(error)
        }
        guard token.hasDigest(stored.digest) else { throw .unknown }
        guard !stored.hasExpired(at: now) else { throw .expired }
        guard !stored.isUsed else { throw .used }
        return stored
    }

    // MARK: Files

    private func read(_ name: String) throws(IdentityError) -> StoredToken {
        let text = String(decoding: try StoredFile.read(.privateKey, from: file(name)), as: UTF8.self)
        guard let stored = StoredToken(name: name, text: text) else {
            throw IdentityError(file(name), "is not a join token; remove it")
        }
        return stored
    }

    private func names() throws(IdentityError) -> [String] {
        try fileNames().filter { $0.hasSuffix(Self.suffix) }.map { String($0.dropLast(Self.suffix.count)) }
            .filter(IdentityDirectory.isWorkloadName)
    }

    /// In the order of the alphabet.
    func fileNames() throws(IdentityError) -> [String] {
        guard let entries = unsafe opendir(path) else { throw failed(path, "cannot be read") }
        defer { unsafe closedir(entries) }
        var names: [String] = []
        while let entry = unsafe readdir(entries) {
            unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                names.append(unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self))
            }
        }
        return names.sorted()
    }

    private func withLock<Result>(_ body: () throws(IdentityError) -> Result) throws(IdentityError) -> Result {
        let lock = try DirectoryLock(path)
        defer { lock.unlock() }
        return try body()
    }

    private func failed(_ file: String, _ problem: String) -> IdentityError {
        IdentityError(file, "\(problem): \(unsafe String(cString: strerror(errno)))")
    }
}

/// Why a join token buys no certificate.
package enum TokenRefusal: Error, Equatable, Sendable {
    /// No such token, or not its secret.
    case unknown
    case expired
    /// As often as it may be.
    case used
    /// The files could not be read or written, so nothing is granted.
    case unavailable(IdentityError)
}

/// The right to change the files of a directory; ends with the process at the latest.
private struct DirectoryLock {
    private let number: Int32

    init(_ path: String) throws(IdentityError) {
        number = unsafe open("\(path)/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        while number >= 0 {
            if flock(number, LOCK_EX) == 0 { return }
            if errno != EINTR { break }
        }
        let reason = unsafe String(cString: strerror(errno))
        if number >= 0 { close(number) }
        throw IdentityError(path, "cannot be locked: \(reason)")
    }

    func unlock() { close(number) }
}
