import Bytes

/// Takes a body out of its framing, over as many reads as it takes. Sans-IO: the caller hands in what follows the
/// head and drops what was consumed.
///
///     .none ──────────────────────────────────────────────▶ end
///     .length(n) ──▶ data … data ─────────────────────────▶ end
///     .chunked ────▶ data … data ──▶ trailers ────────────▶ end
///     .untilClose ─▶ data … data ──▶ finish() at EOF
///
/// Partial framing is consumed and kept inside, so no byte is looked at twice.
public struct BodyDecoder: ~Copyable, Sendable {
    public enum Step: Equatable, Sendable {
        /// Payload stands at the range, which ends at `consumed`. Call again with what follows.
        case data(Range<Int>, consumed: Int)
        /// All bytes handed in were framing or there were none.
        case needMore(consumed: Int)
        /// The body is whole; what follows is not part of it.
        case end(consumed: Int)
        case failed(HTTPError)
    }

    public enum Ending: Equatable, Sendable { case complete, truncated }

    private enum State: Sendable {
        case done
        case length(UInt64)
        case chunked
        case untilClose
        case failed(HTTPError)
    }

    private var state = State.done
    /// One, of a chunked body only. It is large, and stands apart so that this is not: what is copied or begun anew is that much.
    private var chunks: [ChunkedDecoder] = []
    private var trailerStorage: [UInt8] = []

    public init(_ framing: BodyFraming, limits: HTTPLimits = HTTPLimits()) { begin(framing, limits: limits) }

    /// Goes over to another body.
    public mutating func begin(_ framing: BodyFraming, limits: HTTPLimits) {
        if !chunks.isEmpty {
            chunks.removeAll(keepingCapacity: true)
            trailerStorage = []
        }
        switch framing {
        case .none, .length(0): state = .done
        case .length(let length): state = .length(length)
        case .chunked:
            state = .chunked
            chunks.append(ChunkedDecoder(limits: limits))
        case .untilClose: state = .untilClose
        }
    }

    /// Whether the body is whole; true at once after the last `.data` of a body with a length.
    public var isComplete: Bool {
        if case .done = state { return true }
        return false
    }

    /// Payload bytes that are still to come, where that is known.
    public var remaining: UInt64? {
        switch state {
        case .done: 0
        case .length(let rest): rest
        case .chunked, .untilClose, .failed: nil
        }
    }

    /// The allowed trailers of a chunked body that has ended; ranges point into `trailerBytes`.
    public var trailers: FieldList { chunks.first?.trailers ?? FieldList() }
    public var hasTrailers: Bool { !chunks.isEmpty && !chunks[0].trailers.isEmpty }
    public var trailerBytes: RawSpan {
        @_lifetime(borrow self)
        get { trailerStorage.rawBytes }
    }

    public mutating func decode(_ bytes: RawSpan) -> Step {
        switch state {
        case .done: return .end(consumed: 0)
        case .length(let rest):
            guard bytes.byteCount > 0 else { return .needMore(consumed: 0) }
            let taken = Int(min(rest, UInt64(bytes.byteCount)))
            state = rest == UInt64(taken) ? .done : .length(rest - UInt64(taken))
            return .data(0..<taken, consumed: taken)
        case .untilClose:
            guard bytes.byteCount > 0 else { return .needMore(consumed: 0) }
            return .data(0..<bytes.byteCount, consumed: bytes.byteCount)
        case .chunked:
            let step = chunks[0].decode(bytes)
            if case .end = step {
                state = .done
                trailerStorage = chunks[0].trailerStorage
            }
            if case .failed(let error) = step { state = .failed(error) }
            return step
        case .failed(let error): return .failed(error)
        }
    }

    /// The sender closed its side: was that the end of the body?
    public mutating func finish() -> Ending {
        switch state {
        case .done: return .complete
        case .untilClose:
            state = .done
            return .complete
        case .length, .chunked, .failed: return .truncated
        }
    }
}
