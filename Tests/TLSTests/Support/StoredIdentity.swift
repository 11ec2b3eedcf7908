import Foundation
import TLS

/// The three files of an identity, to be changed one by one.
struct StoredIdentity {
    let directory: URL
    let files: IdentityFiles

    init(in directory: URL, _ issued: IssuedIdentity, anchors: [Certificate]) throws {
        self.directory = directory
        files = IdentityFiles(
            key: directory.appendingPathComponent("own.key").path,
            chain: directory.appendingPathComponent("own.pem").path,
            bundle: directory.appendingPathComponent("bundle.pem").path)
        try put(issued)
        try put(anchors: anchors)
    }

    func put(_ issued: IssuedIdentity) throws {
        try put(key: issued.key.pem)
        try put(chain: issued.chain.pem)
    }

    func put(key: [UInt8]) throws { try StoredFile.write(.privateKey, key, to: files.key, replaces: true) }
    func put(chain: [UInt8]) throws { try StoredFile.write(.certificates, chain, to: files.chain, replaces: true) }
    func put(anchors: [Certificate]) throws { try put(bundle: anchors.pem) }
    func put(bundle: [UInt8]) throws { try StoredFile.write(.certificates, bundle, to: files.bundle, replaces: true) }
}
