import Bytes
import CNghttp2

/// What nghttp2 calls, each handed on to the session that runs it (`HTTP2Session.calledBack`): its user data is that
/// session's address while it does, and nil otherwise.
enum LibraryCallbacks {
    /// Ends the stream that the callback was for.
    static let streamFailure = Int32(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    /// Ends the library's work altogether.
    static let failure = Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)

    static func set(_ callbacks: OpaquePointer?) {
        unsafe setReceiving(callbacks)
        unsafe setSending(callbacks)
    }

    private static func session<Result>(
        _ pointer: UnsafeMutableRawPointer?, otherwise: Result, _ body: (inout HTTP2Session) -> Result
    ) -> Result {
        guard let pointer = unsafe pointer else { return otherwise }
        return unsafe body(&pointer.assumingMemoryBound(to: HTTP2Session.self).pointee)
    }

    private static func setReceiving(_ callbacks: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, pointer in
            guard let frame = unsafe frame else { return LibraryCallbacks.failure }
            return unsafe LibraryCallbacks.session(pointer, otherwise: LibraryCallbacks.failure) {
                unsafe $0.headBegins(frame)
            }
        }
        unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, flags, pointer in
            guard let name = unsafe name, let value = unsafe value else { return LibraryCallbacks.failure }
            return unsafe LibraryCallbacks.session(pointer, otherwise: LibraryCallbacks.failure) {
                unsafe $0.headContinues(
                    RawSpan(_unsafeStart: name, byteCount: nameCount),
                    RawSpan(_unsafeStart: value, byteCount: valueCount),
                    isNeverIndexed: flags & UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue) != 0)
            }
        }
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, pointer in
            guard let frame = unsafe frame else { return LibraryCallbacks.failure }
            return unsafe LibraryCallbacks.session(pointer, otherwise: LibraryCallbacks.failure) {
                unsafe $0.frameReceived(frame)
            }
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _, _, stream, start, count, pointer in
            guard let start = unsafe start else { return LibraryCallbacks.failure }
            return unsafe LibraryCallbacks.session(pointer, otherwise: LibraryCallbacks.failure) {
                unsafe $0.dataReceived(stream, start, count)
            }
        }
    }

    private static func setSending(_ callbacks: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, pointer in
            unsafe LibraryCallbacks.session(pointer, otherwise: LibraryCallbacks.failure) {
                $0.streamClosed(stream, HTTP2ErrorCode(rawValue: code))
            }
        }
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, pointer in
            guard let frame = unsafe frame else { return LibraryCallbacks.failure }
            return unsafe LibraryCallbacks.session(pointer, otherwise: LibraryCallbacks.failure) {
                unsafe $0.frameSent(frame)
            }
        }
        unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, _, header, count, source, pointer in
            guard let header = unsafe header, let slot = unsafe source?.pointee.fd else {
                return LibraryCallbacks.failure
            }
            return unsafe LibraryCallbacks.session(pointer, otherwise: LibraryCallbacks.failure) {
                unsafe $0.bodyGoes(slot, RawSpan(_unsafeStart: header, byteCount: FrameHeader.byteCount), count)
            }
        }
    }

    /// Where nghttp2 asks for the body of the stream in this slot.
    static func bodyProvider(_ slot: Int32) -> nghttp2_data_provider {
        unsafe nghttp2_data_provider(source: nghttp2_data_source(fd: slot)) { _, _, _, room, flags, source, pointer in
            guard let flags = unsafe flags, let slot = unsafe source?.pointee.fd else {
                return Int(LibraryCallbacks.failure)
            }
            return unsafe LibraryCallbacks.session(pointer, otherwise: Int(LibraryCallbacks.failure)) {
                unsafe $0.offerBody(slot, room, &flags.pointee)
            }
        }
    }
}
