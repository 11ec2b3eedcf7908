internal import Glibc

/// What a session and the callbacks that OpenSSL makes on its behalf tell each other. It has a place of its own in memory
/// because OpenSSL keeps a pointer to it; the session owns it and outlives OpenSSL's use of it.
final class SessionState {
    let context: TLSContext
    /// The socket, non-blocking; it belongs to the caller.
    let socket: Int32
    /// The only workload that the peer may be, or nil for any.
    let expected: SPIFFEID?
    /// Where a client keeps the sessions that the server offers.
    let resumable: ResumableSessions?

    // Written by the verification callback, and at the end of a resumed handshake, which makes no such call.
    var verified: VerifiedPeer?
    var refusal: PeerRefusal?
    /// What a client offers to resume, while the handshake goes on.
    var offered: KeptSession?

    // Written by the socket BIO.
    /// The last system call would have blocked, in the direction of that call.
    var isBlocked = false
    /// The peer's end of the connection is closed.
    var hasEnded = false
    /// errno of the call that failed, or 0.
    var failure: Int32 = 0
    /// The last `recv` brought less than there was room for: there was nothing more at that moment.
    var wasReceiveShort = false

    // Written by the message counter.
    private var messagesInWindow = 0
    private var windowSecond = 0
    private(set) var isFlooded = false
    /// OpenSSL made both record buffers ready to answer a message, and releases only what it uses.
    var holdsBuffers = false

    init(context: TLSContext, socket: Int32, expected: SPIFFEID?, resumable: ResumableSessions?) {
        self.context = context
        self.socket = socket
        self.expected = expected
        self.resumable = resumable
    }

    /// Notes why a system call failed; true when it is only to be repeated later.
    func isBlocked(by code: Int32) -> Bool {
        isBlocked = code == EAGAIN
        if !isBlocked { failure = code }
        return isBlocked
    }

    /// Counts a message after the handshake.
    func countMessage() {
        holdsBuffers = true
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        if now.tv_sec != windowSecond {
            windowSecond = now.tv_sec
            messagesInWindow = 0
        }
        messagesInWindow += 1
        if messagesInWindow > Limits.postHandshakeMessagesPerSecondMax { isFlooded = true }
    }
}
