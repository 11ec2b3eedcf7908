import Bytes
import Foundation
import TLS
import Testing

/// The fuzzer's seeds, and every input that once broke a promise.
@Suite("The fuzz corpus of the ClientHello")
struct ClientHelloCorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fuzz/TLS/Corpus").standardized

    private static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: corpus.appending(path: name)))
    }

    private static func read(_ name: String) throws -> ClientHello.Answer {
        let bytes = try bytes(name)
        return ClientHello.read(bytes.rawBytes)
    }

    @Test("breaks no promise, whole or cut off anywhere")
    func replay() throws {
        let inputs = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
        #expect(inputs.count >= 25)
        for input in inputs {
            let bytes = try Self.bytes(input)
            // One that is longer is not looked at more closely behind its first kilobytes.
            for count in 0...min(bytes.count, 1500) { checkClientHello(Array(bytes[..<count])) }
            checkClientHello(bytes)
        }
    }

    @Test(
        "has what OpenSSL, curl and Python really ask for",
        arguments: [
            ("openssl-sni-alpn", "db.default.serviceaccount.identity.mesh.local"),
            ("openssl-sni", "db.default.serviceaccount.identity.mesh.local"),
            ("openssl-tls12", "db.default.serviceaccount.identity.mesh.local"),
            ("openssl-alpn", nil), ("openssl-bare", nil), ("curl", "shop.example"), ("curl-address", nil),
            ("python", "a.example"), ("long", "behind-padding"), ("two-names", "a"), ("sni-twice", "a"),
            ("name-of-another-kind-first", "db"),
        ] as [(String, String?)])
    func names(input: String, name: String?) throws {
        #expect(try Self.read(input) == .complete(name.map { Array($0.utf8) }))
    }

    @Test(
        "a hello in several records is not read, and neither is what is none",
        arguments: [
            "openssl-records", "server-hello", "alert", "record-too-long", "record-empty", "message-longer-than-record",
            "extension-overruns", "trailing-byte-of-extensions", "postgres",
        ])
    func malformed(input: String) throws {
        #expect(try Self.read(input) == .malformed)
    }
}
