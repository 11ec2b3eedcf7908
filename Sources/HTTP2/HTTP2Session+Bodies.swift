public import Bytes
import CNghttp2
public import HTTP

/// Bodies in both directions, and how streams end.
extension HTTP2Session {
    // MARK: Receiving

    /// The caller is done with so many bytes of `data`: the peer may send as many more.
    public mutating func consumed(_ handle: StreamHandle, _ byteCount: Int) {
        guard byteCount > 0, !isOver, let stream = streams[handle] else { return }
        precondition(byteCount <= stream.unconsumedBytes, "consumed more than was received")
        stream.unconsumedBytes -= byteCount
        if stream.flags.isDisjoint(with: [.closed, .remoteEnded]) {
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
        guard let stream = writableStream(handle) else { return false }
        stream.append(bytes)
        resume(stream)
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
        guard let stream = writableStream(handle) else { return .ended }
        guard stream.pendingBytes < pendingMax else {
            stream.flags.insert(.notifiesDrained)
            return .full
        }
        let byteCount = buffer.count
        stream.take(from: &buffer)
        resume(stream)
        return .taken(byteCount: byteCount)
    }

    /// The body is whole.
    @discardableResult
    public mutating func finish(_ handle: StreamHandle) -> Bool {
        guard let stream = writableStream(handle) else { return false }
        stream.flags.insert(.finished)
        resume(stream)
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
        guard let stream = writableStream(handle) else { return false }
        trailers(&stream.trailers)
        stream.flags.insert(.finished)
        if !stream.trailers.lines.isEmpty { stream.flags.insert(.hasTrailers) }
        resume(stream)
        return true
    }

    /// Body bytes that wait for a window or for `send`.
    public mutating func pendingBytes(_ handle: StreamHandle) -> Int { streams[handle]?.pendingBytes ?? 0 }

    /// Whether the peer's window, not we, keeps the body from going.
    public mutating func isBlocked(_ handle: StreamHandle) -> Bool {
        guard let stream = openStream(handle), stream.pendingBytes > 0 else { return false }
        return unsafe nghttp2_session_get_stream_remote_window_size(library, handle.id) <= 0
            || nghttp2_session_get_remote_window_size(library) <= 0
    }

    private mutating func writableStream(_ handle: StreamHandle) -> HTTP2Stream? {
        guard let stream = openStream(handle), stream.flags.contains(.headSent), !stream.flags.contains(.finished)
        else {
            return nil
        }
        return stream
    }

    private mutating func resume(_ stream: HTTP2Stream) {
        guard stream.flags.contains(.deferred) else { return }
        stream.flags.remove(.deferred)
        unsafe nghttp2_session_resume_data(library, stream.id)
    }

    /// How many bytes the next DATA frame carries.
    mutating func offerBody(_ slot: Int32, _ room: Int, _ flags: inout UInt32) -> Int {
        let stream = streams[slot]
        let count = min(stream.pendingBytes, room)
        if count == 0 && !stream.flags.contains(.finished) {
            stream.flags.insert(.deferred)
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        flags |= UInt32(NGHTTP2_DATA_FLAG_NO_COPY.rawValue)
        guard count == stream.pendingBytes && stream.flags.contains(.finished) else { return count }
        flags |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue)
        if stream.flags.contains(.hasTrailers) {
            flags |= UInt32(NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue)
            let code = unsafe Self.with(stream.trailers) { lines, count in
                unsafe nghttp2_submit_trailer(library, stream.id, lines, count)
            }
            if code != 0 { return Int(LibraryCallbacks.streamFailure) }
        }
        return count
    }

    /// The frame goes: its header and so many bytes from the front of the body, copied once, to where they are sent from.
    mutating func bodyGoes(_ slot: Int32, _ header: RawSpan, _ count: Int) -> Int32 {
        let stream = streams[slot]
        output.append(header)
        stream.send(count, to: &output)
        counters.dataFramesSent += 1
        if stream.flags.contains(.notifiesDrained) && stream.pendingBytes <= limits.drainedBytes {
            stream.flags.remove(.notifiesDrained)
            inbox.append(.drained(StreamHandle(id: stream.id, slot: slot)))
        }
        return output.count >= outputLimit ? Int32(NGHTTP2_ERR_PAUSE.rawValue) : 0
    }

    // MARK: Ends

    /// Ends the stream at once, in both directions; `closed` follows.
    public mutating func reset(_ handle: StreamHandle, _ code: HTTP2ErrorCode) {
        guard let stream = openStream(handle) else { return }
        stream.flags.insert(.locallyReset)
        stream.discardBody()
        unsafe nghttp2_submit_rst_stream(library, 0, handle.id, code.rawValue)
    }

    /// The response is all that there is to say: the rest of the request is thrown away, and once the response is sent the
    /// peer is told to stop (RFC 9113 §8.1).
    public mutating func discardRequest(_ handle: StreamHandle) {
        guard let stream = openStream(handle) else { return }
        stream.flags.insert(.discarding)
        consumed(handle, stream.unconsumedBytes)
    }

    /// The owner is done with the stream, which is reset if it still is open. The handle means nothing from here on.
    public mutating func release(_ handle: StreamHandle) {
        guard let stream = streams[handle], !stream.flags.contains(.released) else { return }
        if !isOver && stream.unconsumedBytes > 0 {
            unsafe nghttp2_session_consume_connection(library, stream.unconsumedBytes)
        }
        stream.unconsumedBytes = 0
        guard stream.flags.contains(.closed) else {
            stream.flags.formUnion([.released, .discarding])
            return reset(handle, .cancel)
        }
        streams.release(handle.slot, keeping: limits.keptBufferBytes)
    }

    mutating func close(_ slot: Int32, how end: StreamEnd) {
        let stream = streams[slot]
        guard !stream.flags.contains(.closed) else { return }
        stream.flags.insert(.closed)
        streams.openCount -= 1
        guardian.ended()
        stream.discardBody()
        if stream.flags.contains(.announced) && !stream.flags.contains(.released) {
            inbox.append(.closed(StreamHandle(id: stream.id, slot: slot), end))
        } else {
            streams.release(slot, keeping: limits.keptBufferBytes)
        }
    }
}
