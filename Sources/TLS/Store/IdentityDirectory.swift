internal import Glibc

/// A directory with the files of a small mesh's identity: its trust anchor, its issuer, the trust bundle, and the workloads
/// that were issued. For demonstrations and for hosts whose certificates people issue.
package struct IdentityDirectory: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    package var anchorCertificate: String { "\(path)/trust-anchor.pem" }
    package var anchorKey: String { "\(path)/trust-anchor.key" }
    package var issuerCertificate: String { "\(path)/issuer.pem" }
    package var issuerKey: String { "\(path)/issuer.key" }
    /// What workloads trust: at first a copy of the anchor.
    package var bundle: String { "\(path)/trust-bundle.pem" }

    /// - Parameter name: of a workload's files.
    package func files(of name: String) -> IdentityFiles {
        IdentityFiles(key: "\(path)/\(name).key", chain: "\(path)/\(name).pem", bundle: bundle)
    }

    /// Writes an anchor and the issuer below it. Without `replaces` a single file that is there already prevents all.
    package func write(
        anchor: CertificateAuthority, issuer: CertificateAuthority, replaces: Bool
    ) throws(IdentityError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw IdentityError(path, "cannot be made: \(unsafe String(cString: strerror(errno)))")
        }
        try refuseExisting([anchorKey, anchorCertificate, issuerKey, issuerCertificate, bundle], replaces)
        try writeKey(anchor.key, to: anchorKey, replaces)
        try writeCertificates([anchor.certificate], to: anchorCertificate, replaces)
        try writeKey(issuer.key, to: issuerKey, replaces)
        try writeCertificates(issuer.intermediates, to: issuerCertificate, replaces)
        try writeCertificates([anchor.certificate], to: bundle, replaces)
    }

    /// The issuer that was written here.
    package func issuer() throws(IdentityError) -> CertificateAuthority {
        try Self.authority(key: issuerKey, chain: issuerCertificate)
    }

    /// The authority of any two files.
    package static func authority(
        key keyFile: String, chain chainFile: String
    ) throws(IdentityError) -> CertificateAuthority {
        var pem = try StoredFile.read(.privateKey, from: keyFile)
        defer { pem.wipe() }
        let key: PrivateKey
        do throws(PEMError) {
            key = try PrivateKey(pem: pem)
        } catch {
            throw IdentityError(keyFile, error.description)
        }
        let chain = try certificates(chainFile)
        do throws(CertificateAuthorityError) {
            return try CertificateAuthority(key: key, chain: chain)
        } catch {
            throw IdentityError(chainFile, error.description)
        }
    }

    /// Where the join tokens are.
    package var tokens: TokenDirectory { TokenDirectory("\(path)/tokens") }

    /// Whether a workload's files may be called so: none of the directory's own, and no way out of it.
    package static func isWorkloadName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "."): true
            default: false
            }
        }
        return isPlain && !name.isEmpty && !name.hasPrefix(".") && !reserved.contains(name)
    }

    private static let reserved = ["trust-anchor", "issuer", "trust-bundle"]
    /// For people.
    package static let ownNames = reserved.joined(separator: ", ")

    /// Writes a workload's key and chain.
    /// - Parameter name: one that `isWorkloadName` allows.
    package func write(_ issued: IssuedIdentity, name: String, replaces: Bool) throws(IdentityError) {
        precondition(Self.isWorkloadName(name), "\(name) is no name for a workload's files")
        let files = files(of: name)
        try refuseExisting([files.key, files.chain], replaces)
        try writeKey(issued.key, to: files.key, replaces)
        try writeCertificates(issued.chain, to: files.chain, replaces)
    }

    /// The certificates of any file.
    package static func certificates(_ file: String) throws(IdentityError) -> [Certificate] {
        let pem = try StoredFile.read(.certificates, from: file)
        do throws(PEMError) {
            return try Certificate.all(inPEM: pem)
        } catch {
            throw IdentityError(file, error.description)
        }
    }

    private func refuseExisting(_ files: [String], _ replaces: Bool) throws(IdentityError) {
        guard !replaces, let existing = files.first(where: StoredFile.exists) else { return }
        throw IdentityError(existing, "exists; --force replaces it")
    }

    private func writeKey(_ key: PrivateKey, to file: String, _ replaces: Bool) throws(IdentityError) {
        var pem = key.pem
        defer { pem.wipe() }
        try StoredFile.write(.privateKey, pem, to: file, replaces: replaces)
    }

    private func writeCertificates(
        _ certificates: [Certificate], to file: String, _ replaces: Bool
    ) throws(IdentityError) {
        let pem = certificates.flatMap(\.pem)
        try StoredFile.write(.certificates, pem, to: file, replaces: replaces)
    }
}
