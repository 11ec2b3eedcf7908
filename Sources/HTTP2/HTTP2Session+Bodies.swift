public import Bytes
import CNghttp2
public import HTTP

/// Bodies in both directions, and how streams end.
extension HTTP2Session {
    // MARK: Receiving

    /// The caller is done with so many bytes of `data`: the peer may send as many more.
    public mutating func consumed(_ handle: StreamHandle, _ byteCount: Int) {
        guard byteCount > 0, !isOver, streams.holds(handle) else { return }
        precondition(byteCount <= streams[handle.slot].unconsumedBytes, "consumed more than was received")
        streams[handle.slot].unconsumedBytes -= byteCount
        if streams[handle.slot].flags.isDisjoint(with: [.closed, .remoteEnded]) {
            unsafe nghttp2_session_consume(library, handle.id, byteCount)
        } else {
            unsafe nghttp2_session_consume_connection(library, byteCount)
        }
    }

    // MARK: Sending

    /// Appends to the body. How much may wait is the caller's to bound, by `pendingBytes`.
    /// - Returns: whether the stream still takes it.
    @discardableResult
    public mutating func write(_ handle: StreamHandle, _ bytes: RawSpan) -> Bool {
        guard isWritable(handle) else { return false }
        streams[handle.slot].append(bytes)
        resume(handle)
        return true
    }

    /// What became of a write.
    public enum Write: Equatable, Sendable {
        case taken(byteCount: Int)
        /// Too much waits; one `drained` event tells when the unsent body is small again.
        case full
        /// The stream takes nothing any more.
        case ended
    }

    /// Takes all of `buffer`, without a copy where nothing waits; nothing of it while `pendingMax` bytes or more wait.
    public mutating func write(_ handle: StreamHandle, from buffer: inout ByteBuffer, pendingMax: Int) -> Write {
        guard isWritable(handle) else { return .ended }
        guard streams[handle.slot].pendingBytes < pendingMax else {
            streams[handle.slot].flags.insert(.notifiesDrained)
            return .full
        }
        let byteCount = buffer.count
        streams[handle.slot].take(from: &buffer)
        resume(handle)
        return .taken(byteCount: byteCount)
    }

    /// The body is whole.
    @discardableResult
    public mutating func finish(_ handle: StreamHandle) -> Bool {
        guard isWritable(handle) else { return false }
        streams[handle.slot].flags.insert(.finished)
        resume(handle)
        return true
    }

    /// The body is whole, and these trailers follow it.
    /// - Parameters:
    ///   - bytes: what the ranges of `trailers` point into.
    ///   - additional: adds trailers; must not call the session.
    @discardableResult
    public mutating func finish(
        _ handle: StreamHandle, trailers: FieldList, in bytes: RawSpan,
        additional: (inout FieldBlock) -> Void = { _ in }
    ) -> Bool {
        finish(handle) { $0.trailers(trailers, in: bytes, additional: additional) }
    }

    /// The body is whole, and trailers of our own follow it.
    @discardableResult
    public mutating func finish(_ handle: StreamHandle, writing trailers: (inout FieldBlock) -> Void) -> Bool {
        guard isWritable(handle) else { return false }
        trailers(&streams[handle.slot].trailers)
        let hasTrailers = !streams[handle.slot].trailers.lines.isEmpty
        streams[handle.slot].flags.formUnion(hasTrailers ? [.finished, .hasTrailers] : .finished)
        resume(handle)
        return true
    }

    /// Body bytes that wait for a window or for `send`.
    public mutating func pendingBytes(_ handle: StreamHandle) -> Int {
        streams.holds(handle) ? streams[handle.slot].pendingBytes : 0
    }

    /// Whether the peer's window, not we, keeps the body from going.
    public mutating func isBlocked(_ handle: StreamHandle) -> Bool {
        guard isOpen(handle), streams[handle.slot].pendingBytes > 0 else { return false }
        return unsafe nghttp2_session_get_stream_remote_window_size(library, handle.id) <= 0
            || nghttp2_session_get_remote_window_size(library) <= 0
    }

    private mutating func isWritable(_ handle: StreamHandle) -> Bool {
        guard isOpen(handle) else { return false }
        let flags = streams[handle.slot].flags
        return flags.contains(.headSent) && !flags.contains(.finished)
    }

    private mutating func resume(_ handle: StreamHandle) {
        guard streams[handle.slot].flags.contains(.deferred) else { return }
        streams[handle.slot].flags.remove(.deferred)
        unsafe nghttp2_session_resume_data(library, handle.id)
    }

    /// How many bytes the next DATA frame carries.
    mutating func offerBody(_ slot: Int32, _ room: Int, _ flags: inout UInt32) -> Int {
        let (pending, stateFlags) = (streams[slot].pendingBytes, streams[slot].flags)
        let count = min(pending, room)
        if count == 0 && !stateFlags.contains(.finished) {
            streams[slot].flags.insert(.deferred)
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        flags |= UInt32(NGHTTP2_DATA_FLAG_NO_COPY.rawValue)
        guard count == pending && stateFlags.contains(.finished) else { return count }
        flags |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue)
        if stateFlags.contains(.hasTrailers) {
            flags |= UInt32(NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue)
            let (library, id) = unsafe (library, streams[slot].id)
            let code = unsafe Self.with(streams[slot].trailers) { lines, count in
                unsafe nghttp2_submit_trailer(library, id, lines, count)
            }
            if code != 0 { return Int(LibraryCallbacks.streamFailure) }
        }
        return count
    }

    /// The frame goes: its header and so many bytes from the front of the body, copied once, to where they are sent from.
    mutating func bodyGoes(_ slot: Int32, _ header: RawSpan, _ count: Int) -> Int32 {
        output.append(header)
        streams[slot].send(count, to: &output)
        counters.dataFramesSent += 1
        if streams[slot].flags.contains(.notifiesDrained) && streams[slot].pendingBytes <= limits.drainedBytes {
            streams[slot].flags.remove(.notifiesDrained)
            inbox.append(.drained(StreamHandle(id: streams[slot].id, slot: slot)))
        }
        return output.count >= outputLimit ? Int32(NGHTTP2_ERR_PAUSE.rawValue) : 0
    }

    // MARK: Ends

    /// Ends the stream at once, in both directions; `closed` follows.
    public mutating func reset(_ handle: StreamHandle, _ code: HTTP2ErrorCode) {
        guard isOpen(handle) else { return }
        streams[handle.slot].flags.insert(.locallyReset)
        streams[handle.slot].discardBody()
        unsafe nghttp2_submit_rst_stream(library, 0, handle.id, code.rawValue)
    }

    /// The response is all that there is to say: the rest of the request is thrown away, and once the response is sent the
    /// peer is told to stop (RFC 9113 §8.1).
    public mutating func discardRequest(_ handle: StreamHandle) {
        guard isOpen(handle) else { return }
        streams[handle.slot].flags.insert(.discarding)
        consumed(handle, streams[handle.slot].unconsumedBytes)
    }

    /// The owner is done with the stream, which is reset if it still is open. The handle means nothing from here on.
    public mutating func release(_ handle: StreamHandle) {
        guard streams.holds(handle), !streams[handle.slot].flags.contains(.released) else { return }
        let unconsumed = streams[handle.slot].unconsumedBytes
        if !isOver && unconsumed > 0 { unsafe nghttp2_session_consume_connection(library, unconsumed) }
        streams[handle.slot].unconsumedBytes = 0
        guard streams[handle.slot].flags.contains(.closed) else {
            streams[handle.slot].flags.formUnion([.released, .discarding])
            return reset(handle, .cancel)
        }
        streams.release(handle.slot, keeping: limits.keptBufferBytes)
    }

    mutating func close(_ slot: Int32, how end: StreamEnd) {
        let flags = streams[slot].flags
        guard !flags.contains(.closed) else { return }
        streams[slot].flags.insert(.closed)
        streams.openCount -= 1
        guardian.ended()
        streams[slot].discardBody()
        if flags.contains(.announced) && !flags.contains(.released) {
            inbox.append(.closed(StreamHandle(id: streams[slot].id, slot: slot), end))
        } else {
            streams.release(slot, keeping: limits.keptBufferBytes)
        }
    }
}
