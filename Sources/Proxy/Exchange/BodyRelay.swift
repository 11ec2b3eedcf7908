import Bytes
import HTTP

/// Moves one body from an input buffer to an output buffer: decodes the framing it came in and makes the framing it
/// goes out in. Bounded: it stops while the output holds `Limits.outputPendingBytesMax`.
///
/// There is no body until `begin`.
struct BodyRelay: ~Copyable {
    private var decoder = BodyDecoder(.none)
    private var isChunkedOut = false
    private(set) var isComplete = true
    private(set) var byteCount: UInt64 = 0

    /// What one `move` came to.
    enum Progress {
        /// The input holds nothing more of this body for now.
        case needsInput
        /// The output is full; flush it first.
        case outputFull
        case complete
        case failed(HTTPError)
    }

    /// - Parameters:
    ///   - framing: how the body comes in.
    ///   - isChunkedOut: whether it goes out in chunks; otherwise its bytes go out as they are.
    mutating func begin(_ framing: BodyFraming, isChunkedOut: Bool, limits: HTTPLimits) {
        decoder.begin(framing, limits: limits)
        self.isChunkedOut = isChunkedOut
        isComplete = decoder.isComplete
        byteCount = 0
    }

    mutating func reset() {
        isComplete = true
        byteCount = 0
    }

    mutating func move(from input: inout ByteBuffer, to output: inout ByteBuffer) -> Progress {
        while !isComplete {
            if output.count >= Limits.outputPendingBytesMax { return .outputFull }
            switch decoder.decode(input.bytes) {
            case .data(let range, let consumed):
                append(range, consumed, from: &input, to: &output)
            case .needMore(let consumed):
                input.consume(consumed)
                return .needsInput
            case .end(let consumed):
                input.consume(consumed)
                finish(into: &output)
            case .failed(let error):
                return .failed(error)
            }
        }
        return .complete
    }

    /// The sender has closed, or has ended its stream.
    /// - Parameter stream: whose trailers end the body, where it came by one.
    /// - Returns: whether that is a proper end of this body.
    mutating func inputEnded(output: inout ByteBuffer, trailersOf stream: ExchangeStream? = nil) -> Bool {
        guard !isComplete else { return true }
        guard decoder.finish() == .complete else { return false }
        if isChunkedOut, let stream, stream.hasTrailers {
            ChunkWriter.last(trailers: stream.trailers.fields, in: stream.trailers.bytes, to: &output)
            isComplete = true
        } else {
            finish(into: &output)
        }
        return true
    }

    /// Ends `stream` as the body has ended, with the trailers that came by `source` or by the last chunk.
    func finish(_ stream: ExchangeStream, from source: ExchangeStream?) {
        if let source {
            guard source.hasTrailers else { return stream.finish() }
            stream.finish(trailers: source.trailers.fields, in: source.trailers.bytes)
        } else if decoder.hasTrailers {
            stream.finish(trailers: decoder.trailers, in: decoder.trailerBytes)
        } else {
            stream.finish()
        }
    }

    private mutating func append(
        _ range: Range<Int>, _ consumed: Int, from input: inout ByteBuffer, to output: inout ByteBuffer
    ) {
        byteCount += UInt64(range.count)
        if !isChunkedOut, output.isEmpty, range.count == input.count {
            swap(&input, &output)
        } else {
            if isChunkedOut { ChunkWriter.begin(range.count, to: &output) }
            output.append(input.bytes.extracting(range))
            if isChunkedOut { ChunkWriter.end(to: &output) }
            input.consume(consumed)
        }
        if decoder.isComplete { finish(into: &output) }
    }

    private mutating func finish(into output: inout ByteBuffer) {
        if isChunkedOut { ChunkWriter.last(trailersOf: decoder, to: &output) }
        isComplete = true
    }
}
