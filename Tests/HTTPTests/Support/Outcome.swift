import Bytes
import HTTP
import Testing

/// What became of bytes on a connection.
enum Outcome<Model: Equatable>: Equatable {
    case accepted(Model, rest: String)
    case refused(HTTPError)
    case incomplete

    var model: Model? {
        if case .accepted(let model, _) = self { model } else { nil }
    }

    var error: HTTPError? {
        if case .refused(let error) = self { error } else { nil }
    }
}

/// Scans and parses a request at every split; all splits must agree.
func request(
    _ bytes: [UInt8], limits: HTTPLimits = HTTPLimits(), location: SourceLocation = #_sourceLocation
) -> Outcome<RequestModel> {
    let outcome = agreed(bytes, location) { steps in
        var scanner = HeadScanner(.request, limits: limits)
        var head = RequestHead()
        return scan(bytes, steps, &scanner) { span -> Outcome<RequestModel> in
            if let error = head.parse(span, limits: limits) { return .refused(error) }
            return .accepted(RequestModel(head), rest: "")
        }
    }
    expectSameInOnePass(bytes, outcome, location) {
        var head = RequestHead()
        return head.parseWhole($0, limits: limits).map { ($0, RequestModel(head)) }
    }
    if outcome.model != nil { expectStableRewrite(ofRequest: bytes, location) }
    return outcome
}

func request(
    _ text: String, limits: HTTPLimits = HTTPLimits(), location: SourceLocation = #_sourceLocation
) -> Outcome<RequestModel> {
    request(text.latin1, limits: limits, location: location)
}

/// Feeds `steps` to a scanner and hands a complete head to `parse`.
func scan<Model: Equatable>(
    _ bytes: [UInt8], _ steps: [Int], _ scanner: inout HeadScanner, parse: (RawSpan) -> Outcome<Model>
) -> Outcome<Model> {
    for count in steps {
        switch scanner.scan(bytes.rawBytes.extracting(first: count)) {
        case .needMore: continue
        case .failed(let error): return .refused(error)
        case .complete(let byteCount):
            switch parse(bytes.rawBytes.extracting(first: byteCount)) {
            case .accepted(let model, _): return .accepted(model, rest: Array(bytes[byteCount...]).text)
            case .refused(let error): return .refused(error)
            case .incomplete: return .incomplete
            }
        }
    }
    return .incomplete
}

/// One pass takes a head exactly where scanner and parser do, from its last byte on, and as the same; only empty lines in front
/// are theirs alone.
func expectSameInOnePass<Model: Equatable>(
    _ bytes: [UInt8], _ outcome: Outcome<Model>, _ location: SourceLocation, _ parse: (RawSpan) -> (Int, Model)?
) {
    var expected: (Int, Model)?
    if case .accepted(let model, let rest) = outcome, bytes.first != 0x0D {
        expected = (bytes.count - rest.latin1.count, model)
    }
    let step = bytes.count <= 1000 ? 1 : bytes.count / 16
    let counts = Array(stride(from: 0, to: bytes.count, by: step)) + [(expected?.0 ?? 1) - 1, bytes.count]
    for count in counts where count <= bytes.count {
        let isWhole = expected.map { count >= $0.0 } ?? false
        let taken = parse(bytes.rawBytes.extracting(first: count))
        let isSame = isWhole ? taken?.0 == expected?.0 && taken?.1 == expected?.1 : taken == nil
        #expect(isSame, "one pass differs at \(count) of \(bytes.count)", sourceLocation: location)
        if !isSame { break }
    }
}

/// The one outcome of every split.
func agreed<Value: Equatable>(_ bytes: [UInt8], _ location: SourceLocation, _ run: ([Int]) -> Value) -> Value {
    let expected = run([bytes.count])
    for steps in splits(of: bytes.count) {
        let outcome = run(steps)
        #expect(
            outcome == expected, "split \(steps.prefix(3)) of \(bytes.count) changed the outcome",
            sourceLocation: location)
        if outcome != expected { break }
    }
    return expected
}
