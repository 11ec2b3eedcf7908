public import Bytes
import CNghttp2
public import HTTP

/// One HTTP/2 connection (RFC 9113), client or server, without a socket and without a clock: received bytes and the time go
/// in, events and bytes to send come out. It belongs to one loop.
///
///     receive(bytes) ──▶ nextEvent() … nextEvent() ──▶ send(into:) ──▶ one write
///
/// nghttp2 does frames, HPACK and stream states; what this adds is the HTTP models, flow control by the caller's
/// consumption, ownership of streams, and the limits that nghttp2 does not have (`FloodGuard`).
///
/// **Owning a stream.** A handle is the owner's from its first event (or from `sendRequest`) until `release`, also after
/// `closed`: a peer that resets a stream does not get room for another one before the work for it is gone.
///
/// A struct, so that the compiler and not the runtime proves each access to it exclusive; its owner makes one access per
/// call. Everything that is called is `mutating`, also what changes nothing: to lend a value that it might have to read twice,
/// the compiler would copy it first.
@safe
public struct HTTP2Session: ~Copyable {
    public enum Role: Sendable { case client, server }

    public let role: Role
    public internal(set) var limits: HTTP2Limits
    /// Whether an extended CONNECT (RFC 8441) is taken; server only.
    public let acceptsExtendedConnect: Bool
    let library: OpaquePointer
    let memory = LibraryMemory()
    var scanner: FrameScanner
    var guardian: FloodGuard
    var streams = StreamTable()
    var inbox = Inbox()
    /// The section that is coming in, and the stream that it is for; a connection has one at a time (RFC 9113 §6.10).
    var current = HeadIntake()
    var currentSlot: Int32 = -1
    /// What `slot(of:)` found last: frames of one stream come together.
    var lastSlot = StreamHandle(id: 0, slot: -1)
    public internal(set) var counters = HTTP2Counters()
    /// What the caller lent to `send`.
    var output = ByteBuffer()
    var outputLimit = 0
    /// Where the bytes stand that nghttp2 is reading.
    var inputBase: UnsafeRawPointer? = nil
    var scratch = FieldBlock()
    var now: UInt64 = 0
    /// Found in a callback, acted upon behind it.
    var pendingViolation: HTTP2Violation?
    public internal(set) var failure: HTTP2Failure?
    /// GOAWAY with our failure is among the bytes handed out; nothing goes behind it.
    var hasSentLastFrame = false
    /// Nothing more is read or written.
    public internal(set) var isOver = false
    public internal(set) var isDraining = false
    /// The highest stream of ours that the peer will look at, once it went away.
    public internal(set) var peerLastStream: Int32?
    /// The largest head that the peer takes, as SETTINGS_MAX_HEADER_LIST_SIZE counts it.
    var peerHeadBytes = Int.max
    /// Of these every 64th has its names indexed that could be: those that the table has lost are back soon.
    var requestsSent: UInt32 = 0
    var settingsSentAt: UInt64?
    var lastHeard: UInt64 = 0
    var keepAliveSentAt: UInt64?
    var stalledStreams = 0

    /// - Parameter now: monotonic, in nanoseconds, like every other time here.
    public init(
        _ role: Role, limits: HTTP2Limits = HTTP2Limits(), acceptsExtendedConnect: Bool = false, now: UInt64
    ) {
        self.role = role
        self.limits = limits
        self.acceptsExtendedConnect = acceptsExtendedConnect && role == .server
        scanner = FrameScanner(prefaceBytes: role == .server ? Int(NGHTTP2_CLIENT_MAGIC_LEN) : 0)
        guardian = FloodGuard(limits)
        self.now = now
        lastHeard = now
        unsafe library = Self.makeLibrary(role, limits, in: memory)
        submitSettings()
    }

    deinit { unsafe nghttp2_session_del(library) }

    // MARK: Bytes in

    /// Takes bytes of the peer. Events tell what they were; take them all before the next call.
    /// - Returns: how many were taken: less than all when heads pile up. Call again with the rest.
    public mutating func receive(_ bytes: RawSpan, now: UInt64) -> Int {
        precondition(inbox.isEmpty, "events of the last call are waiting")
        self.now = now
        lastHeard = now
        inbox.recycle()
        var start = 0
        var offset = 0
        while failure == nil && !isOver && offset < bytes.byteCount {
            let step = scanner.next(bytes, from: offset)
            if let header = step.header, let violation = judge(header) {
                feed(bytes, start..<offset)
                fail(violation)
                return bytes.byteCount
            }
            offset = step.end
            // Frames are handed over together, up to one that can bring a head.
            let bringsHead = step.isFrameEnd && (step.header?.kind ?? FrameHeader.Kind.headers) != FrameHeader.Kind.data
            guard bringsHead || offset == bytes.byteCount else { continue }
            feed(bytes, start..<offset)
            start = offset
            if let violation = pendingViolation { fail(violation) }
            if inbox.isFull(limits) { return offset }
        }
        endIfDone()
        return bytes.byteCount
    }

    /// The same for all that is readable in `buffer`; the caller consumes what was taken once the events are.
    public mutating func receive(from buffer: borrowing ByteBuffer, now: UInt64) -> Int {
        receive(buffer.bytes, now: now)
    }

    private mutating func judge(_ header: FrameHeader) -> HTTP2Violation? {
        let isKnown = header.kind != FrameHeader.Kind.headers || header.stream > guardian.lastStream
        if role == .server, !isKnown, slot(of: Int32(header.stream)) == nil,
            let violation = guardian.admitLateHead(now: now, counters: &counters)
        {
            return violation
        }
        return guardian.admit(header, now: now, counters: &counters)
    }

    private mutating func feed(_ bytes: RawSpan, _ range: Range<Int>) {
        guard !range.isEmpty, failure == nil else { return }
        let taken = unsafe bytes.withUnsafeBytes { buffer in
            unsafe inputBase = buffer.baseAddress
            return unsafe calledBack { library in
                unsafe nghttp2_session_mem_recv(
                    library, buffer.baseAddress?.advanced(by: range.lowerBound).assumingMemoryBound(to: UInt8.self),
                    range.count)
            }
        }
        unsafe inputBase = nil
        if taken < 0 { libraryFailed(Int32(taken)) }
        if unsafe nghttp2_session_get_outbound_queue_size(library) > limits.outboundFrames {
            pendingViolation = .outboundOverflow
        }
    }

    /// Runs the part of nghttp2 that calls back, which reaches this session for as long as that takes.
    private mutating func calledBack(_ work: (OpaquePointer) -> Int) -> Int {
        let library = unsafe library
        return unsafe withUnsafeMutablePointer(to: &self) { session in
            unsafe nghttp2_session_set_user_data(library, session)
            defer { unsafe nghttp2_session_set_user_data(library, nil) }
            return unsafe work(library)
        }
    }

    /// The next thing to tell; nil when all is told.
    public mutating func nextEvent() -> HTTP2Event? { inbox.next() }

    public var hasEvents: Bool { mutating get { !inbox.isEmpty } }

    /// All that there is to tell, in order, for the storage of a list that is done with.
    public mutating func takeEvents(into events: inout [HTTP2Event]) { inbox.take(into: &events) }

    /// Hands the head over, and `head`'s storage back for reuse. For the events of the last `receive` only.
    public mutating func takeRequest(_ slot: HeadSlot, into head: inout RequestHead) {
        swap(&inbox[slot].intake.request, &head)
    }

    public mutating func takeResponse(_ slot: HeadSlot, into head: inout ResponseHead) {
        swap(&inbox[slot].intake.response, &head)
    }

    public mutating func takeTrailers(_ slot: HeadSlot, into trailers: inout TrailerSection) {
        swap(&inbox[slot].intake.trailers, &trailers)
    }

    // MARK: Bytes out

    /// Appends what is to be sent, frame after frame, until `limit` bytes stand in `buffer` (exceeded by less than one
    /// frame): many small messages make one write. Sending can end streams, so take the events afterwards.
    public mutating func send(into buffer: inout ByteBuffer, limit: Int, now: UInt64) {
        self.now = now
        guard !isOver else { return }
        swap(&output, &buffer)
        outputLimit = limit
        while output.count < limit && !isOver {
            var chunk: UnsafePointer<UInt8>?
            let count = unsafe calledBack { unsafe nghttp2_session_mem_send($0, &chunk) }
            if count < 0 { libraryFailed(Int32(count)) }
            guard count > 0, let start = unsafe chunk else { break }
            unsafe output.append(RawSpan(_unsafeStart: start, byteCount: count))
            if hasSentLastFrame { break }
        }
        swap(&output, &buffer)
        if let violation = pendingViolation { fail(violation) }
        endIfDone()
    }

    private mutating func endIfDone() {
        let isDone = unsafe nghttp2_session_want_read(library) == 0 && nghttp2_session_want_write(library) == 0
        if isDone || hasSentLastFrame { end() }
    }

    /// Streams that somebody owns, over on the wire or not.
    public var streamCount: Int { mutating get { streams.usedCount } }

    /// Whether `send` would give bytes.
    public var wantsToSend: Bool {
        mutating get { unsafe !isOver && nghttp2_session_want_write(library) != 0 }
    }
}
