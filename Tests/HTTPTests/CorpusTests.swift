import Bytes
import Foundation
import HTTP
import Testing

/// The fuzzers' seeds, and every input that once broke a promise, at every split.
@Suite("The fuzz corpus")
struct CorpusTests {
    static func inputs(_ kind: String) throws -> [URL] {
        let corpus = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Fuzz/HTTP/Corpus/\(kind)").standardized
        return try FileManager.default.contentsOfDirectory(at: corpus, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    @Test("requests: the outcome does not depend on the split, and what is accepted is written stably")
    func requests() throws {
        let outcomes = try Self.inputs("request").map { request(Array(try Data(contentsOf: $0))) }
        #expect(outcomes.count { $0.model != nil } >= 17)
        #expect(outcomes.count { $0.error != nil } >= 14)
    }

    @Test("responses: the outcome does not depend on the split, and what is accepted is written stably")
    func responses() throws {
        for method in [HTTPMethod.get, .head, .connect] {
            let outcomes = try Self.inputs("response").map {
                response(Array(try Data(contentsOf: $0)).text, to: method)
            }
            #expect(outcomes.count { $0.model != nil } >= 12)
            #expect(outcomes.count { $0 == .incomplete } >= 1)
        }
    }

    @Test("first bytes: an answer stands whatever follows")
    func detector() throws {
        var found: Set<DetectedProtocol> = []
        for input in try Self.inputs("detector").map({ Array(try Data(contentsOf: $0)) }) {
            let answers = (0...input.count).map { ProtocolDetector.detect(input.rawBytes.extracting(first: $0)) }
            let decided = answers.drop { $0 == .needMore }
            #expect(decided.allSatisfy { $0 == decided.first }, "\(input)")
            if case .found(let answer)? = decided.first { found.insert(answer) }
        }
        #expect(found == [.tls, .http1, .http2, .opaque])
    }

    @Test("chunks: payload, trailers and fault do not depend on the split")
    func bodies() throws {
        let outcomes = try Self.inputs("chunked").map { chunked(Array(try Data(contentsOf: $0)).text) }
        #expect(outcomes.count { $0.isComplete } >= 7)
        #expect(outcomes.count { $0.error != nil } >= 10)
    }
}
