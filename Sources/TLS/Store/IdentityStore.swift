/// An identity and its trust bundle, kept in step with their files.
///
/// A set of files is taken whole or not at all: what peers would refuse, and what does not fit together, changes nothing.
/// What is taken becomes a new immutable snapshot; connections that were made with an older one keep it. So key, chain and
/// bundle rotate without dropping a connection: first the bundle gets the new anchor beside the old one, everywhere, then
/// the identities change, then the old anchor goes.
package struct IdentityStore {
    package let files: IdentityFiles
    package private(set) var current: IdentitySnapshot
    private var digest: [UInt8]

    /// Loads the files for the first time.
    package init(_ files: IdentityFiles, at now: WallTime) throws(IdentityError) {
        var contents = try Contents(files)
        defer { contents.key.wipe() }
        self.files = files
        current = try contents.snapshot(files, generation: 1, at: now)
        digest = contents.digest
    }

    /// Loads the files again. Whoever watches them calls this; it may call too often.
    /// - Returns: whether `current` is a new snapshot; false when the files say what they said.
    /// - Throws: what is wrong with them; `current` is what it was.
    package mutating func reload(at now: WallTime) throws(IdentityError) -> Bool {
        var contents = try Contents(files)
        defer { contents.key.wipe() }
        let digest = contents.digest
        guard digest != self.digest else { return false }
        current = try contents.snapshot(files, generation: current.generation + 1, at: now)
        self.digest = digest
        return true
    }
}

/// The bytes of an identity's files.
private struct Contents {
    var key: [UInt8]
    let chain: [UInt8]
    let bundle: [UInt8]

    init(_ files: IdentityFiles) throws(IdentityError) {
        chain = try StoredFile.read(.certificates, from: files.chain)
        bundle = try StoredFile.read(.certificates, from: files.bundle)
        key = try StoredFile.read(.privateKey, from: files.key)
    }

    /// SHA-256 of each file, in a row.
    var digest: [UInt8] {
        [key, chain, bundle].flatMap(\.sha256)
    }

    func snapshot(
        _ files: IdentityFiles, generation: UInt64, at now: WallTime
    ) throws(IdentityError) -> IdentitySnapshot {
        let key = try privateKey(files.key)
        let chain = try certificates(self.chain, files.chain)
        guard chain[0].isFor(key) else {
            throw IdentityError(files.key, "is not the private key of the first certificate of \(files.chain)")
        }
        let bundle = try trustBundle(files.bundle, own: chain[0], files.chain)
        do throws(PeerRefusal) {
            return try IdentitySnapshot(key: key, chain: chain, bundle: bundle, generation: generation, at: now)
        } catch {
            throw refused(error, files)
        }
    }

    private func privateKey(_ file: String) throws(IdentityError) -> PrivateKey {
        let key: PrivateKey
        do throws(PEMError) {
            key = try PrivateKey(pem: self.key)
        } catch {
            throw IdentityError(file, error.description)
        }
        guard key.algorithm.isAllowed else {
            throw IdentityError(file, "has a key of \(key.algorithm), allowed are ECDSA P-256 and P-384")
        }
        return key
    }

    private func certificates(_ pem: [UInt8], _ file: String) throws(IdentityError) -> [Certificate] {
        do throws(PEMError) {
            return try Certificate.all(inPEM: pem)
        } catch {
            throw IdentityError(file, error.description)
        }
    }

    private func trustBundle(
        _ file: String, own leaf: Certificate, _ chainFile: String
    ) throws(IdentityError) -> TrustBundle {
        let id: SPIFFEID
        do throws(PeerRefusal) {
            id = try SVIDRules.identify(leaf)
        } catch {
            throw IdentityError(chainFile, "peers refuse this identity: \(error.explanation)", refusal: error)
        }
        let anchors = try certificates(bundle, file)
        do throws(TrustBundleError) {
            return try TrustBundle(anchors, defaultDomain: id.trustDomain)
        } catch {
            throw IdentityError(file, error.description)
        }
    }

    private func refused(_ refusal: PeerRefusal, _ files: IdentityFiles) -> IdentityError {
        let problem = "peers that trust \(files.bundle) refuse this identity: \(refusal.explanation)"
        return IdentityError(files.chain, problem, refusal: refusal)
    }
}
