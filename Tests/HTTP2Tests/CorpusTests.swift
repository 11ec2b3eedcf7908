import Foundation
import Testing

/// The fuzzer's seeds, and every input that once broke a promise.
@Suite("The fuzz corpus")
struct CorpusTests {
    static func inputs() throws -> [URL] {
        let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fuzz/HTTP2/Corpus")
            .standardized
        return try FileManager.default.contentsOfDirectory(at: corpus, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    @Test("every input is taken without a trap, in every role and however it is cut")
    func replay() throws {
        let inputs = try Self.inputs()
        #expect(inputs.count >= 20)
        for input in inputs {
            let bytes = Array(try Data(contentsOf: input))
            for choice in 0...255 as ClosedRange<UInt8> { checkSession([choice] + bytes.dropFirst()) }
        }
    }
}
