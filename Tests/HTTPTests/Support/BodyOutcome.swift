import Bytes
import HTTP
import Testing

/// What a decoder made of the bytes behind a head.
struct BodyOutcome: Equatable {
    var payload = ""
    var trailers: [FieldModel] = []
    var droppedTrailers = 0
    var rest = ""
    var error: HTTPError?
    var isComplete = false
    /// After the last byte, the sender closed.
    var ending = BodyDecoder.Ending.truncated
}

/// Decodes at every split; all splits must agree.
func body(
    _ framing: BodyFraming, _ text: String, limits: HTTPLimits = HTTPLimits(),
    location: SourceLocation = #_sourceLocation
) -> BodyOutcome {
    let bytes = text.latin1
    return agreed(bytes, location) { decode(framing, bytes, $0, limits) }
}

func chunked(
    _ text: String, limits: HTTPLimits = HTTPLimits(), location: SourceLocation = #_sourceLocation
) -> BodyOutcome {
    body(.chunked, text, limits: limits, location: location)
}

private func decode(_ framing: BodyFraming, _ bytes: [UInt8], _ steps: [Int], _ limits: HTTPLimits) -> BodyOutcome {
    var decoder = BodyDecoder(framing, limits: limits)
    var outcome = BodyOutcome()
    var position = 0
    var payload: [UInt8] = []
    feeding: for arrived in steps {
        while true {
            let span = bytes.rawBytes.extracting(position..<arrived)
            switch decoder.decode(span) {
            case .data(let range, let consumed):
                for offset in range { payload.append(span[offset]) }
                position += consumed
            case .needMore(let consumed):
                position += consumed
                continue feeding
            case .end(let consumed):
                position += consumed
                break feeding
            case .failed(let error):
                outcome.error = error
                break feeding
            }
        }
    }
    outcome.payload = payload.text
    outcome.rest = outcome.error == nil ? Array(bytes[position...]).text : ""
    outcome.isComplete = decoder.isComplete
    outcome.ending = decoder.finish()
    outcome.droppedTrailers = decoder.trailers.droppedCount
    for index in 0..<decoder.trailers.count {
        let field = decoder.trailers[index]
        let storage = decoder.trailerBytes
        outcome.trailers.append(
            FieldModel(
                name: HTTPTests.text(storage.extracting(field.nameRange.range)),
                value: HTTPTests.text(storage.extracting(field.valueRange.range))))
    }
    return outcome
}
