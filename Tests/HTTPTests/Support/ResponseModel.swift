import Bytes
import HTTP
import Testing

/// A response head as values, to compare.
struct ResponseModel: Equatable {
    var status = 0
    var reason = ""
    var versionMinor: UInt8 = 1
    var fields: [FieldModel] = []
    var framing = BodyFraming.none
    var declaredLength: UInt64?
    var keepAlive = true
    var upgrade: String?
    var isInterim = false
    var isTunnel = false

    init(_ head: borrowing ResponseHead) {
        status = head.status
        reason = text(head[head.reason])
        versionMinor = head.versionMinor
        for index in 0..<head.fields.count {
            let field = head.fields[index]
            fields.append(FieldModel(name: text(head[field.nameRange]), value: text(head[field.valueRange])))
        }
        framing = head.framing
        declaredLength = head.declaredLength
        keepAlive = head.keepAlive
        if let range = head.upgrade { upgrade = text(head[range]) }
        isInterim = head.isInterim
        isTunnel = head.isTunnel
    }
}

/// Scans and parses a response at every split; all splits must agree.
func response(
    _ bytes: String, to method: HTTPMethod = .get, limits: HTTPLimits = HTTPLimits(),
    location: SourceLocation = #_sourceLocation
) -> Outcome<ResponseModel> {
    let outcome = agreed(bytes.latin1, location) { steps in
        var scanner = HeadScanner(.response, limits: limits)
        var head = ResponseHead()
        return scan(bytes.latin1, steps, &scanner) { span -> Outcome<ResponseModel> in
            if let error = head.parse(span, for: method, limits: limits) { return .refused(error) }
            return .accepted(ResponseModel(head), rest: "")
        }
    }
    expectSameInOnePass(bytes.latin1, outcome, location) {
        var head = ResponseHead()
        return head.parseWhole($0, for: method, limits: limits).map { ($0, ResponseModel(head)) }
    }
    if outcome.model != nil { expectStableRewrite(ofResponse: bytes.latin1, to: method, location) }
    return outcome
}

/// The response as it is written for a client.
func forwardedResponse(
    _ bytes: String, to method: HTTPMethod = .get, _ forwarding: borrowing ResponseForwarding = ResponseForwarding(),
    additional: (inout HeadWriter) -> Void = { _ in }
) -> String {
    var head = ResponseHead()
    if let error = head.parse(bytes.latin1.rawBytes, for: method, limits: .roomy) { return "\(error)" }
    var out = ByteBuffer()
    HeadWriter.writeResponse(head, forwarding, to: &out, additional: additional)
    return text(out)
}

/// What we write means the same to us, and writing it again changes nothing.
private func expectStableRewrite(ofResponse bytes: [UInt8], to method: HTTPMethod, _ location: SourceLocation) {
    var scanner = HeadScanner(.response)
    guard case .complete(let count) = scanner.scan(bytes.rawBytes) else { return }
    let first = forwardedResponse(Array(bytes[..<count]).text, to: method)
    let second = forwardedResponse(first, to: method)
    #expect(first == second, sourceLocation: location)
    var head = ResponseHead()
    var again = ResponseHead()
    guard head.parse(bytes.rawBytes.extracting(first: count), for: method) == nil else { return }
    #expect(again.parse(first.latin1.rawBytes, for: method, limits: .roomy) == nil, sourceLocation: location)
    #expect(again.status == head.status, sourceLocation: location)
    #expect(again.framing == head.framing(forClientMinor: 1), sourceLocation: location)
}
