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
