import Foundation
import Testing

/// The fuzzer's seeds, and every input that once broke a promise.
@Suite("The fuzz corpus of gRPC")
struct CorpusTests {
    @Test("every input is taken without a trap, in whatever pieces it comes")
    func replay() throws {
        let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fuzz/GRPC/Corpus")
            .standardized
        let inputs = try FileManager.default.contentsOfDirectory(at: corpus, includingPropertiesForKeys: nil)
        #expect(inputs.count >= 20)
        for input in inputs {
            let bytes = Array(try Data(contentsOf: input))
            for choice in 0...16 as ClosedRange<UInt8> { checkGRPC([choice] + bytes.dropFirst()) }
        }
    }
}
