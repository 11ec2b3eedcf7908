import Bytes
import CNghttp2
import HTTP

/// What nghttp2 tells while it reads.
extension HTTP2Session {
    // MARK: Heads

    mutating func headBegins(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let id = unsafe cnghttp2_header(frame).pointee.stream_id
        guard unsafe cnghttp2_headers_category(frame) == NGHTTP2_HCAT_REQUEST else {
            guard let slot = slot(of: id) else { return LibraryCallbacks.streamFailure }
            let isResponse = role == .client && !streams[slot].flags.contains(.headReceived)
            currentSlot = slot
            current.begin(isResponse ? .response : .trailers)
            return 0
        }
        guard streams.usedCount < limits.concurrentStreams + limits.lingeringStreams else {
            counters.refusedStreams += 1
            unsafe nghttp2_submit_rst_stream(library, 0, id, HTTP2ErrorCode.refusedStream.rawValue)
            return LibraryCallbacks.streamFailure
        }
        let slot = streams.acquire(id: id, now: now)
        unsafe nghttp2_session_set_stream_user_data(library, id, UnsafeMutableRawPointer(bitPattern: Int(slot) + 1))
        currentSlot = slot
        current.begin(.request)
        return 0
    }

    mutating func headContinues(_ name: RawSpan, _ value: RawSpan, isNeverIndexed: Bool) -> Int32 {
        if current.take(name, value, isNeverIndexed: isNeverIndexed, limits: limits) { return 0 }
        pendingViolation = .headerListBomb
        return LibraryCallbacks.streamFailure
    }

    private mutating func headEnds(_ id: Int32, endsMessage: Bool) {
        guard let slot = slot(of: id), currentSlot == slot else { return }
        guard streams[slot].fault == nil else { return }
        let handle = StreamHandle(id: id, slot: slot)
        switch current.section {
        case .request: requestEnds(handle, endsMessage)
        case .response: responseEnds(handle, endsMessage)
        case .trailers:
            if let fault = current.fault ?? (endsMessage ? nil : .trailersWithoutEnd) { return refuse(handle, fault) }
            inbox.append(.trailers(handle, inbox.keep(&current)))
        }
        if endsMessage { messageEnds(handle) }
    }

    private mutating func requestEnds(_ handle: StreamHandle, _ endsMessage: Bool) {
        var fault =
            current.fault ?? current.request.endSection(endsMessage: endsMessage, limits: limits.head)
        if fault == nil, current.request.isExtendedConnect, !acceptsExtendedConnect { fault = .invalidPseudoField }
        if let fault, fault.isMalformed { return refuse(handle, fault) }
        streams[handle.slot].flags.insert(.announced)
        streams[handle.slot].method = current.request.method
        guard let fault else {
            streams[handle.slot].expect(current.request.framing)
            return inbox.append(.request(handle, inbox.keep(&current)))
        }
        count(fault)
        streams[handle.slot].flags.insert(.discarding)
        inbox.append(.requestRefused(handle, fault))
    }

    private mutating func responseEnds(_ handle: StreamHandle, _ endsMessage: Bool) {
        let fault =
            current.fault
            ?? current.response.endSection(
                for: streams[handle.slot].method, endsMessage: endsMessage, limits: limits.head)
        if let fault { return refuse(handle, fault) }
        if current.response.isInterim {
            inbox.append(.interim(handle, inbox.keep(&current)))
        } else {
            streams[handle.slot].flags.insert(.headReceived)
            let hasNoBody = current.response.framing == .none && !current.response.isTunnel
            streams[handle.slot].expect(hasNoBody ? .length(0) : current.response.framing)
            inbox.append(.response(handle, inbox.keep(&current)))
        }
    }

    /// The peer's message is none: the stream ends (RFC 9113 §8.1.1).
    private mutating func refuse(_ handle: StreamHandle, _ fault: HTTPError) {
        count(fault)
        streams[handle.slot].fault = fault
        streams[handle.slot].flags.insert(.discarding)
        unsafe nghttp2_submit_rst_stream(library, 0, handle.id, HTTP2ErrorCode.protocolError.rawValue)
    }

    private mutating func count(_ fault: HTTPError) {
        switch fault {
        case .headTooLarge, .tooManyFields: counters.largeHeads += 1
        default: counters.malformedMessages += 1
        }
    }

    private mutating func messageEnds(_ handle: StreamHandle) {
        guard streams[handle.slot].fault == nil else { return }
        if let fault = missing(from: handle.slot) { return refuse(handle, fault) }
        streams[handle.slot].flags.insert(.remoteEnded)
        inbox.append(.end(handle))
    }

    /// What a message lacks that ends here.
    private mutating func missing(from slot: Int32) -> HTTPError? {
        missingHead(of: slot) ?? (streams[slot].lacksBytes ? .truncatedBody : nil)
    }

    /// Behind an interim response there is another head, before any body and any end.
    private mutating func missingHead(of slot: Int32) -> HTTPError? {
        role == .client && !streams[slot].flags.contains(.headReceived) ? .interimResponseWithBody : nil
    }

    // MARK: Bodies

    mutating func dataReceived(_ id: Int32, _ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
        guard let slot = slot(of: id), let base = unsafe inputBase else {
            unsafe nghttp2_session_consume_connection(library, count)
            return 0
        }
        let handle = StreamHandle(id: id, slot: slot)
        if streams[slot].fault == nil, let fault = streams[slot].take(count) ?? missingHead(of: slot) {
            refuse(handle, fault)
        }
        guard !streams[slot].flags.contains(.discarding) else {
            unsafe nghttp2_session_consume_connection(library, count)
            return 0
        }
        streams[slot].unconsumedBytes += count
        let offset = unsafe UnsafeRawPointer(start) - base
        inbox.append(.data(handle, ByteRange(start: offset, count: count)))
        return 0
    }

    // MARK: Frames

    mutating func frameReceived(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let header = unsafe cnghttp2_header(frame).pointee
        switch header.type {
        case FrameHeader.Kind.headers:
            headEnds(header.stream_id, endsMessage: header.flags & FrameHeader.Flag.endStream != 0)
        case FrameHeader.Kind.data:
            guard header.flags & FrameHeader.Flag.endStream != 0, let slot = slot(of: header.stream_id) else { break }
            messageEnds(StreamHandle(id: header.stream_id, slot: slot))
        case FrameHeader.Kind.resetStream: peerReset(header.stream_id)
        case FrameHeader.Kind.settings:
            if header.flags & FrameHeader.Flag.acknowledgement != 0 {
                settingsSentAt = nil
            } else {
                let bytes = unsafe nghttp2_session_get_remote_settings(library, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE)
                peerHeadBytes = Int(bytes)
                inbox.append(.settings)
            }
        case FrameHeader.Kind.ping where header.flags & FrameHeader.Flag.acknowledgement != 0:
            pingAcknowledged(unsafe cnghttp2_ping_payload(frame))
        case FrameHeader.Kind.goAway:
            let last = unsafe cnghttp2_goaway_last_stream(frame)
            peerLastStream = last
            inbox.append(.goAway(last: last, HTTP2ErrorCode(rawValue: unsafe cnghttp2_goaway_code(frame))))
        default: break
        }
        return 0
    }

    private mutating func peerReset(_ id: Int32) {
        counters.peerResets += 1
        var age: UInt64 = .max
        if let slot = slot(of: id) {
            streams[slot].flags.insert(.peerReset)
            age = now &- streams[slot].openedAt
        }
        // A server's resets are how it refuses; what floods is a client's.
        guard role == .server else { return }
        if let violation = guardian.peerReset(age: age, now: now) { pendingViolation = violation }
    }

    mutating func streamClosed(_ id: Int32, _ code: HTTP2ErrorCode) -> Int32 {
        guard let slot = slot(of: id) else { return 0 }
        close(slot, how: end(of: slot, code))
        return 0
    }

    private mutating func end(of slot: Int32, _ code: HTTP2ErrorCode) -> StreamEnd {
        if let fault = streams[slot].fault { return .malformed(fault) }
        let flags = streams[slot].flags
        if flags.contains(.stalled) { return .stalled }
        // RST_STREAM(NO_ERROR) behind a whole response only says that the rest of the request is not wanted (§8.1).
        if code == .noError && (flags.contains(.remoteEnded) || !flags.contains(.peerReset)) {
            return .complete
        }
        if flags.contains(.peerReset) { return .reset(code) }
        if flags.contains(.locallyReset) { return .cancelled(code) }
        // Above the last stream of a GOAWAY, or not sent when one came.
        if role == .client && code == .refusedStream { return .refused }
        counters.malformedMessages += 1
        return .invalid(code)
    }

    /// The slot that nghttp2 keeps for us beside the stream; nil once we gave the slot to another one, as a failure does
    /// before nghttp2 is done.
    mutating func slot(of id: Int32) -> Int32? {
        if lastSlot.id == id, streams.holds(lastSlot) { return lastSlot.slot }
        guard let pointer = unsafe nghttp2_session_get_stream_user_data(library, id) else { return nil }
        let slot = Int32(truncatingIfNeeded: Int(bitPattern: pointer) - 1)
        lastSlot = StreamHandle(id: id, slot: slot)
        return streams.holds(lastSlot) ? slot : nil
    }
}
