import Bytes

/// What a server needs of a request's head.
struct RequestHead {
    let method: String
    let target: String
    let fields: HTTPFields
    let keepsAlive: Bool
    let framing: BodyFraming
    let expectsContinue: Bool

    /// - Returns: nil when the head is not there to its end yet.
    static func take(from buffer: inout ByteBuffer, bytesMax: Int) throws(HeadRefusal) -> RequestHead? {
        guard let head = try WireHead.take(from: &buffer, bytesMax: bytesMax) else { return nil }
        guard head.startLine.count == 3, !head.startLine[1].isEmpty else {
            throw HeadRefusal(status: 400, why: "malformed request line")
        }
        guard head.fields.all.count(where: { $0.name.equalsIgnoringCase("Host") }) == 1 else {
            throw HeadRefusal(status: 400, why: "exactly one Host field is required")
        }
        let expectation = head.fields["Expect"]
        guard expectation?.equalsIgnoringCase("100-continue") ?? true else {
            throw HeadRefusal(status: 417, why: "unknown expectation")
        }
        return RequestHead(
            method: head.startLine[0], target: head.startLine[1], fields: head.fields, keepsAlive: head.keepsAlive,
            framing: head.framing, expectsContinue: expectation != nil)
    }
}
