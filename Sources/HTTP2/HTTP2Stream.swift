import Bytes
import HTTP

/// What a session keeps for one stream. Reused for the next one.
final class HTTP2Stream {
    /// 0 while free, and until nghttp2 gave a request its number.
    var id: Int32 = 0
    var isInUse = false
    /// Of the request, on either side: it decides what a response's body is.
    var method = HTTPMethod.other
    var openedAt: UInt64 = 0
    var flags = Flags()
    var resetCode = HTTP2ErrorCode.noError
    var fault: HTTPError?
    /// What is still to come of the peer's body, where its head said how much.
    private var remainingBytes: UInt64?
    /// Received and not consumed; given back to the connection's window at the end.
    var unconsumedBytes = 0
    /// The body on its way out.
    private var outgoing = ByteBuffer()
    /// The bytes in it. Kept beside it, since each look at the buffer itself is checked for overlapping ones (ADR 6).
    private(set) var pendingBytes = 0
    /// The buffer has been used.
    private var hadBody = false
    var trailers = FieldBlock()
    private(set) var sentBytes: UInt64 = 0
    var stallBegan: UInt64 = 0
    var stallSentBytes: UInt64 = 0

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
        isInUse && pendingBytes > 0 && flags.isDisjoint(with: [.closed, .locallyReset, .stalled])
    }

    func begin(id: Int32, now: UInt64) {
        self.id = id
        isInUse = true
        openedAt = now
        stallBegan = now
    }

    // MARK: The body on its way out

    func append(_ bytes: RawSpan) {
        outgoing.append(bytes)
        pendingBytes += bytes.byteCount
        hadBody = true
    }

    /// Takes all of `buffer`, without a copy where nothing waits.
    func take(from buffer: inout ByteBuffer) {
        guard pendingBytes == 0 else {
            append(buffer.bytes)
            return buffer.clear()
        }
        pendingBytes = buffer.count
        hadBody = true
        swap(&outgoing, &buffer)
    }

    func send(_ byteCount: Int, to output: inout ByteBuffer) {
        outgoing.move(first: byteCount, to: &output)
        pendingBytes -= byteCount
        sentBytes += UInt64(byteCount)
    }

    func discardBody() {
        guard pendingBytes > 0 else { return }
        outgoing.clear()
        pendingBytes = 0
    }

    private func releaseBody(keeping keptBytes: Int) {
        guard hadBody else { return }
        if outgoing.capacity > keptBytes { outgoing = ByteBuffer() } else { outgoing.clear() }
        pendingBytes = 0
        hadBody = false
    }

    // MARK: The length of the peer's body (RFC 9113 §8.1.1)

    func expect(_ framing: BodyFraming) {
        if case .length(let count) = framing { remainingBytes = count }
    }

    /// - Returns: a fault where the body is longer than its head said.
    func take(_ byteCount: Int) -> HTTPError? {
        guard let remaining = remainingBytes else { return nil }
        guard UInt64(byteCount) <= remaining else { return .bodyTooLong }
        remainingBytes = remaining - UInt64(byteCount)
        return nil
    }

    var lacksBytes: Bool { remainingBytes.map { $0 > 0 } ?? false }

    func end(keeping keptBytes: Int) {
        let hadTrailers = flags.contains(.hasTrailers)
        id = 0
        isInUse = false
        method = .other
        flags = []
        resetCode = .noError
        fault = nil
        remainingBytes = nil
        unconsumedBytes = 0
        sentBytes = 0
        stallSentBytes = 0
        releaseBody(keeping: keptBytes)
        if hadTrailers { trailers.removeAll() }
    }
}

/// The streams of one session by slot.
struct StreamTable {
    private(set) var streams: [HTTP2Stream] = []
    private var free: [Int32] = []
    /// Streams that are open on the wire.
    var openCount = 0

    var usedCount: Int { streams.count - free.count }

    subscript(slot: Int32) -> HTTP2Stream { streams[Int(slot)] }

    subscript(handle: StreamHandle) -> HTTP2Stream? {
        guard handle.slot >= 0, Int(handle.slot) < streams.count else { return nil }
        let stream = streams[Int(handle.slot)]
        return stream.isInUse && stream.id == handle.id ? stream : nil
    }

    mutating func acquire(id: Int32, now: UInt64) -> Int32 {
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
        } else {
            slot = Int32(streams.count)
            streams.append(HTTP2Stream())
        }
        streams[Int(slot)].begin(id: id, now: now)
        openCount += 1
        return slot
    }

    /// Precondition: closed, and nobody holds it.
    mutating func release(_ slot: Int32, keeping keptBytes: Int) {
        streams[Int(slot)].end(keeping: keptBytes)
        free.append(slot)
    }

    /// Gives memory back while nothing is in use.
    mutating func releaseMemory() {
        guard usedCount == 0 else { return }
        streams = []
        free = []
    }
}
