import Bytes
import HTTP

/// What a session keeps for one stream. Reused for the next one.
struct HTTP2Stream: ~Copyable {
    /// 0 while free, and until nghttp2 gave a request its number.
    var id: Int32 = 0
    var isInUse = false
    /// Of the request, on either side: it decides what a response's body is.
    var method = HTTPMethod.other
    var openedAt: UInt64 = 0
    var flags = Flags()
    var fault: HTTPError?
    /// What is still to come of the peer's body, where its head said how much.
    private var remainingBytes: UInt64?
    /// Received and not consumed; given back to the connection's window at the end.
    var unconsumedBytes = 0
    /// The body on its way out.
    private var outgoing = ByteBuffer()
    var pendingBytes: Int { outgoing.count }
    var trailers = FieldBlock()
    private var sentBytes: UInt64 = 0
    private(set) var stallBegan: UInt64 = 0
    private var stallSentBytes: UInt64 = 0

    struct Flags: OptionSet {
        let rawValue: UInt16
        /// The owner knows the stream.
        static let announced = Flags(rawValue: 1)
        /// Our head, not an interim one, was submitted.
        static let headSent = Flags(rawValue: 2)
        /// The peer's response, not an interim one, has come.
        static let headReceived = Flags(rawValue: 4)
        /// The peer has said everything.
        static let remoteEnded = Flags(rawValue: 8)
        /// The owner has said everything.
        static let finished = Flags(rawValue: 16)
        static let hasTrailers = Flags(rawValue: 32)
        /// nghttp2 waits for more of the body.
        static let deferred = Flags(rawValue: 64)
        static let notifiesDrained = Flags(rawValue: 128)
        static let peerReset = Flags(rawValue: 256)
        static let locallyReset = Flags(rawValue: 512)
        static let stalled = Flags(rawValue: 1024)
        /// The owner does not want the rest of the peer's body.
        static let discarding = Flags(rawValue: 2048)
        /// Over on the wire.
        static let closed = Flags(rawValue: 4096)
        static let released = Flags(rawValue: 8192)
    }

    /// Holds data that does not go.
    var isWaitingToSend: Bool {
        isInUse && !outgoing.isEmpty && flags.isDisjoint(with: [.closed, .locallyReset, .stalled])
    }

    /// Whether what it holds has not moved for too long; where it has moved, the time begins anew.
    mutating func hasStalled(now: UInt64, _ limits: HTTP2Limits) -> Bool {
        guard isWaitingToSend, sentBytes - stallSentBytes < limits.stallBytes else {
            stallBegan = now
            stallSentBytes = sentBytes
            return false
        }
        return now >= stallBegan + limits.stallNanoseconds
    }

    mutating func begin(id: Int32, now: UInt64) {
        self.id = id
        isInUse = true
        openedAt = now
        stallBegan = now
    }

    // MARK: The body on its way out

    mutating func append(_ bytes: RawSpan) {
        outgoing.append(bytes)
    }

    /// Takes all of `buffer`, without a copy where nothing waits.
    mutating func take(from buffer: inout ByteBuffer) {
        if outgoing.isEmpty { swap(&outgoing, &buffer) } else { buffer.move(first: buffer.count, to: &outgoing) }
    }

    mutating func send(_ byteCount: Int, to output: inout ByteBuffer) {
        outgoing.move(first: byteCount, to: &output)
        sentBytes += UInt64(byteCount)
    }

    mutating func discardBody() { outgoing.clear() }

    // MARK: The length of the peer's body (RFC 9113 §8.1.1)

    mutating func expect(_ framing: BodyFraming) {
        if case .length(let count) = framing { remainingBytes = count }
    }

    /// - Returns: a fault where the body is longer than its head said.
    mutating func take(_ byteCount: Int) -> HTTPError? {
        guard let remaining = remainingBytes else { return nil }
        guard UInt64(byteCount) <= remaining else { return .bodyTooLong }
        remainingBytes = remaining - UInt64(byteCount)
        return nil
    }

    var lacksBytes: Bool { remainingBytes.map { $0 > 0 } ?? false }

    mutating func end(keeping keptBytes: Int) {
        let hadTrailers = flags.contains(.hasTrailers)
        id = 0
        isInUse = false
        method = .other
        flags = []
        fault = nil
        remainingBytes = nil
        unconsumedBytes = 0
        sentBytes = 0
        stallSentBytes = 0
        if outgoing.capacity > keptBytes { outgoing = ByteBuffer() } else { outgoing.clear() }
        if hadTrailers { trailers.removeAll() }
    }
}
