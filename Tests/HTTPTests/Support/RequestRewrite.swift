import Bytes
import HTTP
import Testing

/// The request as it is written for the next hop.
func forwardedRequest(
    _ bytes: String, _ forwarding: borrowing RequestForwarding = RequestForwarding(),
    additional: (inout HeadWriter) -> Void = { _ in }
) -> String {
    var head = RequestHead()
    if let error = head.parse(bytes.latin1.rawBytes) { return "\(error)" }
    var out = ByteBuffer()
    HeadWriter.writeRequest(head, forwarding, to: &out, additional: additional)
    return text(out)
}

extension HTTPLimits {
    /// Room for the lines that forwarding adds.
    static let roomy = {
        var limits = HTTPLimits()
        limits.fields += 8
        limits.headBytes += 512
        limits.startLineBytes += 512
        return limits
    }()
}

/// What we write means the same to us as what we read, and writing it again changes nothing.
func expectStableRewrite(ofRequest bytes: [UInt8], _ location: SourceLocation) {
    var scanner = HeadScanner(.request)
    guard case .complete(let count) = scanner.scan(bytes.rawBytes) else { return }
    var forwarding = RequestForwarding()
    forwarding.defaultHost = Array("default".utf8)
    var head = RequestHead()
    guard head.parse(bytes.rawBytes.extracting(first: count)) == nil, head.maxForwards == nil else { return }
    let received = RequestModel(head)
    var out = ByteBuffer()
    HeadWriter.writeRequest(head, forwarding, to: &out)
    let written = text(out)
    #expect(head.parse(written.latin1.rawBytes, limits: .roomy) == nil, sourceLocation: location)
    let model = RequestModel(head)
    #expect(model.method == received.method, sourceLocation: location)
    #expect(model.host == (received.host.isEmpty ? "default" : received.host), sourceLocation: location)
    #expect(model.query == received.query, sourceLocation: location)
    #expect(model.framing == received.framing, sourceLocation: location)
    #expect(model.upgrade == received.upgrade, sourceLocation: location)
    #expect(model.expectsContinue == received.expectsContinue, sourceLocation: location)
    #expect(model.acceptsTrailers == received.acceptsTrailers, sourceLocation: location)
    #expect(model.dropped == 0 && model.nominated.isEmpty, sourceLocation: location)
    out.clear()
    HeadWriter.writeRequest(head, forwarding, to: &out)
    #expect(text(out) == written, sourceLocation: location)
}
