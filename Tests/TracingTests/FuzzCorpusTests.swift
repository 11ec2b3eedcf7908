import Foundation
import Testing

@Suite("The corpus of the trace header fuzzer")
struct FuzzCorpusTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../../Fuzz/Tracing/corpus").standardizedFileURL

    private static func inputs() throws -> [(name: String, bytes: [UInt8])] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .map { ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0))) }
    }

    @Test("violates no property, whole or cut off anywhere")
    func replay() throws {
        let inputs = try Self.inputs()
        #expect(inputs.count >= 15)
        for input in inputs {
            for length in 0...input.bytes.count {
                let violation = TraceHeaderProperty.violation(Array(input.bytes.prefix(length)))
                #expect(violation == nil, "\(input.name) cut to \(length) bytes")
            }
        }
    }
}
