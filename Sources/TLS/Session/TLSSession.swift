package import Bytes
internal import COpenSSL

/// One end of a TLS connection over a non-blocking stream socket. It belongs to one thread at a time.
///
/// It makes system calls on the socket's number but neither waits nor closes: the caller waits for what a result names,
/// then calls again. After `failed` and `truncated` the session only repeats that result.
///
/// Every call empties OpenSSL's error queue before it asks OpenSSL for anything, and again after a failure; nothing can
/// run in between.
@safe
package struct TLSSession: ~Copyable {
    let session: OpaquePointer
    let state: SessionState
    private var failure: TLSFailure?
    private var isTruncated = false

    /// - Parameters:
    ///   - socket: connected and non-blocking, open for as long as this session is used.
    ///   - expected: the only workload that will do as the peer, or nil for any that the trust bundle vouches for.
    ///   - serverName: what a client puts into SNI: the peer's name in the form of DNS names.
    ///   - resumable: where a client has the sessions that it may resume, and puts new ones; of use with a context whose
    ///     settings allow resumption, and only for an `expected` peer.
    package init(
        _ context: TLSContext, socket: Int32, expecting expected: SPIFFEID? = nil, serverName: String? = nil,
        resuming resumable: ResumableSessions? = nil
    ) {
        state = SessionState(context: context, socket: socket, expected: expected, resumable: resumable)
        guard let made = unsafe SSL_new(context.pointer) else { preconditionFailure("OpenSSL is out of memory") }
        unsafe session = made
        unsafe SSL_set_ex_data(made, 0, Unmanaged.passUnretained(state).toOpaque())
        let bio = unsafe SocketBIO.make(state)
        unsafe SSL_set_bio(made, bio, bio)
        switch context.role {
        case .client:
            unsafe SSL_set_connect_state(made)
            if let serverName { unsafe martlet_SSL_set_tlsext_host_name(made, serverName) }
            offer(serverName)
        case .server:
            unsafe SSL_set_accept_state(made)
            narrowScope()
        }
    }

    deinit {
        // OpenSSL lets nobody resume what ended without close_notify, which TLS 1.3 does not ask for. After a failure it is
        // right (RFC 8446 §6.2).
        if failure == nil { unsafe SSL_set_shutdown(session, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
        unsafe SSL_free(session)
    }

    // MARK: Handshake

    /// Goes on with the handshake as far as the socket allows.
    package mutating func handshake() -> HandshakeResult {
        if let failure { return .failed(failure) }
        if isTruncated { return .failed(.truncated) }
        OpenSSLError.clear()
        let status = unsafe SSL_do_handshake(session)
        guard status != 1 else { return finish() }
        switch outcome(of: status) {
        case .wantsRead: return .wantsRead
        case .wantsWrite: return .wantsWrite
        case .closed, .truncated: return .failed(fail(.truncated))
        case .failed(let failure): return .failed(failure)
        }
    }

    // MARK: Data

    /// Appends what has arrived, as far as there is room for it.
    /// - Parameter minimum: bytes of room to offer at least; 16 KiB, a whole record, saves calls where much arrives.
    package mutating func read(into buffer: inout ByteBuffer, minimum: Int) -> TLSReadResult {
        if let failure { return .failed(failure) }
        if isTruncated { return .truncated }
        // More may have arrived since an earlier call found the socket empty, and its edge may have been seen.
        state.wasReceiveShort = false
        var end: TLSReadResult?
        let count = unsafe buffer.withWritableBytes(minimum: minimum) { unsafe fill($0, &end) }
        // What came first is told first; the end is told again by the next call.
        return count > 0 ? .bytes(count) : end ?? .wouldBlockOnRead
    }

    private mutating func fill(_ room: UnsafeMutableRawBufferPointer, _ end: inout TLSReadResult?) -> Int {
        var filled = 0
        while filled < room.count {
            var count = 0
            OpenSSLError.clear()
            let status = unsafe SSL_read_ex(
                session, room.baseAddress?.advanced(by: filled), room.count - filled, &count)
            filled += count
            end = status == 1 ? nil : readEnd(status)
            if state.isFlooded { end = .failed(fail(.postHandshakeFlood)) }
            if end != nil || (status == 1 && isDrained) { break }
        }
        if state.holdsBuffers, unsafe SSL_free_buffers(session) == 1 { state.holdsBuffers = false }
        return filled
    }

    /// nil after a message that was not application data, when there may be more.
    private mutating func readEnd(_ status: Int32) -> TLSReadResult? {
        switch outcome(of: status) {
        case .wantsRead: state.isBlocked ? .wouldBlockOnRead : nil
        case .wantsWrite: .wouldBlockOnWrite
        case .closed: .end
        case .truncated: .truncated
        case .failed(let failure): .failed(failure)
        }
    }

    /// All that was received has been handed out, and the socket had nothing more at that moment: a read before the next
    /// edge of readiness would only find that out again, unless the peer has closed its end, which makes no further edge.
    package var isDrained: Bool { unsafe state.wasReceiveShort && SSL_has_pending(session) == 0 }

    /// Sends and consumes as much of `buffer` as the socket takes now: as one record per 16 KiB, so that everything
    /// gathered in the buffer shares record and system call.
    package mutating func write(from buffer: inout ByteBuffer) -> TLSWriteResult {
        if let failure { return .failed(failure) }
        guard !isTruncated else { return .failed(.truncated) }
        guard !buffer.isEmpty else { return .bytes(0) }
        var count = 0
        OpenSSLError.clear()
        let status = unsafe buffer.withReadableBytes { unsafe SSL_write_ex(session, $0.baseAddress, $0.count, &count) }
        guard status != 1 else {
            buffer.consume(count)
            return .bytes(count)
        }
        switch outcome(of: status) {
        case .wantsRead: return .wouldBlockOnRead
        case .wantsWrite: return .wouldBlockOnWrite
        case .closed, .truncated: return .failed(fail(.truncated))
        case .failed(let failure): return .failed(failure)
        }
    }

    /// Says that nothing more will be sent (close_notify), once; the peer may still send. It does not wait for the peer's.
    /// Before the handshake is done there is nothing to end.
    package mutating func shutdown() -> TLSShutdownResult {
        if let failure { return .failed(failure) }
        guard !isTruncated else { return .failed(.truncated) }
        guard unsafe SSL_is_init_finished(session) == 1 else { return .sent }
        OpenSSLError.clear()
        let status = unsafe SSL_shutdown(session)
        guard status < 0 else { return .sent }
        switch outcome(of: status) {
        // Ours is sent; OpenSSL looked for the peer's already.
        case .wantsRead, .closed, .truncated: return .sent
        case .wantsWrite: return .wouldBlockOnWrite
        case .failed(let failure): return .failed(failure)
        }
    }

    // MARK: What was negotiated

    /// Who the peer is, once the handshake is done; nil for a client that showed no certificate where none is required.
    package var peer: PeerIdentity? { state.verified?.identity }

    /// What ALPN chose, or nil when one side did not take part.
    package var applicationProtocol: String? {
        var start: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        unsafe SSL_get0_alpn_selected(session, &start, &length)
        guard length > 0 else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self)
    }

    /// The name that the client put into SNI.
    package var serverName: String? {
        unsafe SSL_get_servername(session, TLSEXT_NAMETYPE_host_name).map { unsafe String(cString: $0) }
    }

    /// `TLSv1.3` or `TLSv1.2`.
    package var version: String { unsafe String(cString: SSL_get_version(session)) }

    // MARK: Outcomes

    private enum Outcome {
        case wantsRead, wantsWrite
        case closed, truncated
        case failed(TLSFailure)
    }

    /// Why a call did not succeed. Must follow it on the same thread, with no other call to OpenSSL in between.
    private mutating func outcome(of status: Int32) -> Outcome {
        switch unsafe SSL_get_error(session, status) {
        case SSL_ERROR_WANT_READ: .wantsRead
        case SSL_ERROR_WANT_WRITE: .wantsWrite
        case SSL_ERROR_ZERO_RETURN: .closed
        default: failedOutcome()
        }
    }

    private mutating func failedOutcome() -> Outcome {
        let error = OpenSSLError.take()
        if let refusal = state.refusal { return .failed(fail(.refused(refusal))) }
        if state.failure != 0 { return .failed(fail(.connection(state.failure))) }
        let failure = error.code == 0 && state.hasEnded ? TLSFailure.truncated : TLSFailure(error)
        guard failure != .truncated else {
            isTruncated = true
            return .truncated
        }
        return .failed(fail(failure))
    }

    mutating func fail(_ failure: TLSFailure) -> TLSFailure {
        self.failure = self.failure ?? failure
        return failure
    }
}
