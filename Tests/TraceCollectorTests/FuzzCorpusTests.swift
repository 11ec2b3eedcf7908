import Foundation
import Testing

@Suite("The corpus of the OTLP fuzzer")
struct FuzzCorpusTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../../Fuzz/OTLP/Corpus").standardizedFileURL

    @Test("violates no property, whole or cut off anywhere")
    func replay() throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 20)
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            for length in stride(from: bytes.count, through: 0, by: -max(1, bytes.count / 200)) {
                let violation = OTLPProperty.violation(Array(bytes.prefix(length)))
                #expect(violation == nil, "\(file.lastPathComponent) cut to \(length) bytes")
            }
        }
    }
}
