internal import Glibc

/// Workloads that are given no certificate, whatever they show: how one is shut out that can renew what it has.
extension TokenDirectory {
    private static let denialSuffix = ".denied"

    /// Called by a digest, since an identity may be longer than a file's name.
    private func denial(of identity: WorkloadIdentity) -> String {
        "\(path)/\(Array(identity.id.description.utf8).sha256.hexadecimal)\(Self.denialSuffix)"
    }

    /// Gives the workload nothing from now on. What it has stays valid until it expires.
    package func deny(_ identity: WorkloadIdentity) throws(IdentityError) {
        try make()
        try StoredFile.write(
            .privateKey, Array("\(identity.id)\n".utf8), to: denial(of: identity), replaces: true)
    }

    /// Takes a denial back. - Returns: false when there was none.
    package func allow(_ identity: WorkloadIdentity) throws(IdentityError) -> Bool {
        let file = denial(of: identity)
        guard unsafe unlink(file) == 0 else {
            if errno == ENOENT { return false }
            throw IdentityError(file, "cannot be removed: \(unsafe String(cString: strerror(errno)))")
        }
        StoredFile.syncDirectory(of: file)
        return true
    }

    package func isDenied(_ identity: WorkloadIdentity) -> Bool { StoredFile.exists(denial(of: identity)) }

    /// The ids of those who are denied.
    package func denied() throws(IdentityError) -> [String] {
        var ids: [String] = []
        for name in try fileNames() where name.hasSuffix(Self.denialSuffix) {
            let text = String(decoding: try StoredFile.read(.privateKey, from: "\(path)/\(name)"), as: UTF8.self)
            ids.append(String(text.prefix { $0 != "\n" }))
        }
        return ids.sorted()
    }
}
