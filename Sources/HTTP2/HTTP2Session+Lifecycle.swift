import CNghttp2

/// How a connection ends.
extension HTTP2Session {
    // MARK: Frames that were sent

    mutating func frameSent(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let header = unsafe cnghttp2_header(frame).pointee
        switch header.type {
        case FrameHeader.Kind.resetStream: resetSent(header.stream_id)
        case FrameHeader.Kind.goAway: goAwaySent(HTTP2ErrorCode(rawValue: unsafe cnghttp2_goaway_code(frame)))
        case FrameHeader.Kind.data, FrameHeader.Kind.headers:
            guard header.flags & FrameHeader.Flag.endStream != 0, let slot = slot(of: header.stream_id) else { break }
            let flags = streams[slot].flags
            if flags.contains(.discarding) && !flags.contains(.remoteEnded) && streams[slot].fault == nil {
                streams[slot].flags.insert(.locallyReset)
                unsafe nghttp2_submit_rst_stream(library, 0, header.stream_id, HTTP2ErrorCode.noError.rawValue)
            }
        default: break
        }
        return 0
    }

    /// A reset that nobody here asked for was provoked by the peer.
    private mutating func resetSent(_ id: Int32) {
        var age: UInt64 = .max
        if let slot = slot(of: id) {
            guard streams[slot].flags.isDisjoint(with: [.locallyReset, .stalled]) else { return }
            age = now &- streams[slot].openedAt
        }
        counters.provokedResets += 1
        guard role == .server else { return }
        if let violation = guardian.provokedReset(age: age, now: now) { pendingViolation = violation }
    }

    private mutating func goAwaySent(_ code: HTTP2ErrorCode) {
        if failure != nil {
            hasSentLastFrame = true
        } else if code != .noError {
            failed(.protocolError(code))
        }
    }

    // MARK: Failing

    /// Says why, and ends.
    mutating func fail(_ violation: HTTP2Violation) {
        pendingViolation = nil
        guard failure == nil, !isOver else { return }
        let last = unsafe nghttp2_session_get_last_proc_stream_id(library)
        violation.word.withUTF8Buffer { text in
            _ = unsafe nghttp2_submit_goaway(library, 0, last, violation.code.rawValue, text.baseAddress, text.count)
        }
        failed(.violation(violation))
    }

    mutating func libraryFailed(_ code: Int32) {
        guard failure == nil, !isOver else { return }
        failed(code == NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue ? .badPreface : .library(code))
        end()
    }

    private mutating func failed(_ failure: HTTP2Failure) {
        self.failure = failure
        inbox.append(.failed(failure))
        closeAll()
    }

    private mutating func closeAll() {
        for slot in streams.slots where streams[slot].isInUse { close(slot, how: .connectionEnded) }
    }

    /// Nothing is read or written any more; every stream has ended.
    mutating func end() {
        guard !isOver else { return }
        isOver = true
        closeAll()
    }

    /// The transport is gone. `closed` follows for every stream.
    public mutating func transportClosed() { end() }

    /// Gives memory back while the connection is idle.
    public mutating func releaseMemory() {
        inbox.releaseMemory()
        streams.releaseMemory()
        memory.trim()
    }

    // MARK: Draining

    /// The first half of a graceful end (RFC 9113 §6.8): the peer should open no more streams, but those that it already
    /// has on the way are taken. A client opens none from here on.
    public mutating func beginDrain() {
        guard !isDraining, failure == nil, !isOver else { return }
        isDraining = true
        guard role == .server else { return }
        unsafe nghttp2_submit_shutdown_notice(library)
    }

    /// The second half, at least a round trip later: streams above the last one are not looked at. The session is over once
    /// the others have ended.
    public mutating func finishDrain() {
        guard failure == nil, !isOver else { return }
        isDraining = true
        let last = unsafe nghttp2_session_get_last_proc_stream_id(library)
        unsafe nghttp2_submit_goaway(library, 0, last, HTTP2ErrorCode.noError.rawValue, nil, 0)
    }

    /// Ends the connection at once, streams or not, after one GOAWAY with this code.
    public mutating func terminate(_ code: HTTP2ErrorCode) {
        guard failure == nil, !isOver else { return }
        unsafe nghttp2_session_terminate_session(library, code.rawValue)
    }
}
