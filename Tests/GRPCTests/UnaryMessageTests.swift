import Bytes
import GRPC
import Testing

@Suite("A unary call's message and its details")
struct UnaryMessageTests {
    private func decoded(_ text: String) -> [UInt8]? { GRPCBinaryValue.decoded(Array(text.utf8).rawBytes) }

    private func details(_ bytes: [UInt8]) -> GRPCStatusDetails? { GRPCStatusDetails(bytes.rawBytes) }

    private func fault(of body: [UInt8], limit: Int) -> GRPCMessage.Fault? {
        do throws(GRPCMessage.Fault) {
            _ = try GRPCMessage.unary(body.rawBytes, limit: limit)
            return nil
        } catch {
            return error
        }
    }

    @Test("a message is framed by a flag and a length, and read back")
    func roundTrip() throws {
        #expect(GRPCMessage.framed([7, 8]) == [0, 0, 0, 0, 2, 7, 8])
        #expect(GRPCMessage.framed([], isCompressed: true) == [1, 0, 0, 0, 0])
        let long = [UInt8](repeating: 1, count: 70_000)
        #expect(Array(GRPCMessage.framed(long)[..<5]) == [0, 0, 1, 0x11, 0x70])
        let framed = GRPCMessage.framed(long, isCompressed: true)
        let read = try GRPCMessage.unary(framed.rawBytes, limit: 70_000)
        #expect(read.isCompressed && read.payload == 5..<70_005)
    }

    @Test(
        "a body that is not one whole message within the limit is refused with its fault",
        arguments: [
            ([], .empty), ([2, 0, 0, 0, 0], .invalidFlag), ([0, 0, 0], .truncated), ([0, 0, 0, 0, 2, 1], .truncated),
            ([0, 0, 0, 0, 1, 1, 0], .severalMessages), ([0, 0, 0, 0, 5, 1, 2, 3, 4, 5], .tooLarge),
            ([0, 255, 255, 255, 255], .tooLarge),
        ] as [([UInt8], GRPCMessage.Fault)])
    func faults(body: [UInt8], fault: GRPCMessage.Fault) {
        #expect(self.fault(of: body, limit: 4) == fault)
    }

    @Test("binary metadata is base64 without padding, and is read with or without it")
    func base64() {
        for (text, bytes) in [("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob")] {
            #expect(GRPCBinaryValue.encoded(Array(bytes.utf8)) == Array(text.utf8))
            #expect(decoded(text) == Array(bytes.utf8))
        }
        #expect(decoded("Zg==") == Array("f".utf8))
        #expect(decoded("+/+/") == [0xFB, 0xFF, 0xBF])
        for text in ["Z", "Zg=", "Zg===", "Z*==", "Zm9v,Zm9v", "Zm9v Zg"] {
            #expect(decoded(text) == nil, "\(text)")
        }
    }

    /// As Python's googleapis-common-protos writes them.
    @Test("details with a RetryInfo have the bytes of google.rpc.Status, and are read back")
    func retryInfo() throws {
        let details = GRPCStatusDetails(code: .unavailable, message: "later", retryDelayNanoseconds: 1_500_000_000)
        let url = Array("type.googleapis.com/google.rpc.RetryInfo".utf8)
        let info: [UInt8] = [0x0A, 8, 0x08, 1, 0x10, 0x80, 0xCA, 0xB5, 0xEE, 0x01]
        let detail: [UInt8] = [0x0A, 40] + url + [0x12, 10] + info
        let expected: [UInt8] = [0x08, 14, 0x12, 5] + Array("later".utf8) + [0x1A, UInt8(detail.count)] + detail
        #expect(details.encoded == expected)
        #expect(self.details(expected) == details)
    }

    @Test("details without a RetryInfo say nothing of a delay, and an empty one says no delay")
    func otherDetails() {
        let plain = GRPCStatusDetails(code: .resourceExhausted, message: "")
        #expect(details(plain.encoded) == plain)
        let now = GRPCStatusDetails(code: .resourceExhausted, message: "", retryDelayNanoseconds: 0)
        #expect(details(now.encoded) == now)
        let help = Array("type.googleapis.com/google.rpc.Help".utf8)
        let other: [UInt8] = [0x08, 8, 0x1A, UInt8(help.count + 2), 0x0A, UInt8(help.count)] + help
        #expect(details(other) == GRPCStatusDetails(code: .resourceExhausted, message: ""))
        #expect(details([0x08]) == nil)
        #expect(details([0x1A, 9]) == nil)
    }

    @Test("a delay that no clock can hold is the longest, a negative one none")
    func extremeDelays() {
        func delay(_ seconds: [UInt8]) -> UInt64? {
            let url = Array("type.googleapis.com/google.rpc.RetryInfo".utf8)
            let duration = [0x08] + seconds
            let info: [UInt8] = [0x0A, UInt8(duration.count)] + duration
            let detail: [UInt8] = [0x0A, 40] + url + [0x12, UInt8(info.count)] + info
            return details([0x1A, UInt8(detail.count)] + detail)?.retryDelayNanoseconds
        }
        #expect(delay([0x05]) == 5_000_000_000)
        #expect(delay([UInt8](repeating: 0xFF, count: 8) + [0x7F]) == .max)
        #expect(delay([UInt8](repeating: 0xFF, count: 9) + [0x01]) == 0)
    }
}
