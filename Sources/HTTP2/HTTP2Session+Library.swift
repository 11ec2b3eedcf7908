import Bytes
import CNghttp2
public import HTTP

/// Making the nghttp2 session.
extension HTTP2Session {
    static func makeLibrary(
        _ role: Role, _ limits: HTTP2Limits, in memory: borrowing LibraryMemory
    ) -> OpaquePointer {
        var allocator = unsafe memory.allocator()
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        var session: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0, unsafe nghttp2_option_new(&options) == 0 else {
            fatalError("nghttp2 could not allocate its options")
        }
        defer {
            unsafe nghttp2_session_callbacks_del(callbacks)
            unsafe nghttp2_option_del(options)
        }
        unsafe LibraryCallbacks.set(callbacks)
        unsafe nghttp2_option_set_no_auto_window_update(options, 1)
        unsafe nghttp2_option_set_max_outbound_ack(options, limits.outboundFrames)
        // FloodGuard judges resets; nghttp2's own rule would end a mesh peer's connection for its clients' cancels.
        unsafe nghttp2_option_set_stream_reset_rate_limit(options, 1 << 40, 1 << 40)
        // It also counts reads in the middle of a CONTINUATION's header for such frames; FloodGuard counts frames.
        unsafe nghttp2_option_set_max_continuations(options, 1 << 40)
        // What may be sent is the caller's to say; nghttp2's own 64 KiB would end the stream without a word.
        unsafe nghttp2_option_set_max_send_header_block_length(options, 1 << 24)
        // What a message may hold is HTTP's and HTTP2Stream's to say: to be told twice costs a twentieth of a request (ADR 7).
        unsafe nghttp2_option_set_no_http_messaging(options, 1)
        if !limits.remembersClosedStreams { unsafe nghttp2_option_set_no_closed_streams(options, 1) }
        let code =
            switch role {
            case .client: unsafe nghttp2_session_client_new3(&session, callbacks, nil, options, &allocator)
            case .server: unsafe nghttp2_session_server_new3(&session, callbacks, nil, options, &allocator)
            }
        guard code == 0, let session = unsafe session else { fatalError("nghttp2 could not allocate a session") }
        return unsafe session
    }

    private static func setting(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(value))
    }

    /// The first frame of either side (RFC 9113 §3.4).
    mutating func submitSettings() {
        var entries = [
            Self.setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, Int(limits.streamWindowBytes)),
            Self.setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.head.headBytes),
        ]
        switch role {
        case .server:
            entries.append(Self.setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrentStreams))
            if acceptsExtendedConnect { entries.append(Self.setting(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1)) }
        case .client:
            entries.append(Self.setting(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        submit(entries)
        let code = unsafe nghttp2_session_set_local_window_size(library, 0, 0, limits.connectionWindowBytes)
        precondition(code == 0, "nghttp2 refused our window")
    }

    /// Takes other limits for the heads to come, and tells the peer.
    /// - Parameter nanoseconds: from the first frame of a head to its last, also of one that has begun.
    public mutating func limitHeads(to head: HTTPLimits, within nanoseconds: UInt64, now: UInt64) {
        guard failure == nil, !isOver else { return }
        self.now = now
        let isNews = head.headBytes != limits.head.headBytes
        limits.limitHeads(to: head, within: nanoseconds)
        guardian.limitHeads(to: head, within: nanoseconds)
        if isNews { submit([Self.setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, head.headBytes)]) }
    }

    private mutating func submit(_ settings: [nghttp2_settings_entry]) {
        let code = unsafe nghttp2_submit_settings(library, 0, settings, settings.count)
        precondition(code == 0, "nghttp2 refused our settings")
        settingsSentAt = now
    }
}
