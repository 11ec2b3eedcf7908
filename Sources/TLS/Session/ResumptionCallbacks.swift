internal import COpenSSL

// The functions that OpenSSL calls about sessions that may be resumed, on the session's thread.

/// Notes in a session, before OpenSSL keeps it and sends its ticket, what the client was verified as and how long that holds.
///
/// Two things keep a session from being taken back that would not hold, and both make a full handshake of it: OpenSSL
/// compares the id context with the connection's, and looks at the time.
/// - Returns: 1, or 0 to end the handshake.
func completeSession(_ session: OpaquePointer?, _: UnsafeMutableRawPointer?) -> Int32 {
    guard let state = unsafe sessionState(of: session), let kept = unsafe SSL_get_session(session) else { return 0 }
    // One that is resumed is a copy of the one before, with its data.
    let isResumed = unsafe SSL_session_reused(session) == 1
    guard let peer = isResumed ? unsafe verifiedPeer(of: kept) : state.verified else {
        // Whoever showed no certificate is asked again: no connection has an empty id context.
        unsafe SSL_SESSION_set_timeout(kept, 0)
        return unsafe SSL_SESSION_set1_id_context(kept, nil, 0)
    }
    let seconds = peer.secondsToResume(within: state.context.settings.resumptionSeconds, at: .now())
    // OpenSSL takes a session back until its time is over and a second more.
    unsafe SSL_SESSION_set_timeout(kept, max(0, Int(seconds) - 1))
    guard !isResumed else { return 1 }
    let data = peer.sessionData
    return unsafe SSL_SESSION_set1_ticket_appdata(kept, data, data.count)
}

/// What a session says of its client. Both what this side noted and the certificate that OpenSSL remembers must be there, and
/// they must name the same workload.
/// - Parameter kept: an SSL_SESSION of a server.
func verifiedPeer(of kept: OpaquePointer) -> VerifiedPeer? {
    guard let leaf = unsafe SSL_SESSION_get0_peer(kept) else { return nil }
    var start: UnsafeMutableRawPointer?
    var count = 0
    guard unsafe SSL_SESSION_get0_ticket_appdata(kept, &start, &count) == 1, let start = unsafe start else {
        return nil
    }
    let data = unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    guard let peer = VerifiedPeer(sessionData: data) else { return nil }
    do throws(PeerRefusal) {
        return try unsafe SVIDRules.identify(leaf) == peer.identity.id ? peer : nil
    } catch {
        return nil
    }
}

/// Hands a session that the server offers to whoever asked for it.
/// - Returns: 1 when the reference was taken over.
func keepSession(_ session: OpaquePointer?, _ offered: OpaquePointer?) -> Int32 {
    guard let offered = unsafe offered, let state = unsafe sessionState(of: session), let peer = state.verified,
        let place = state.resumable
    else { return 0 }
    let name = unsafe SSL_get_servername(session, TLSEXT_NAMETYPE_host_name).map { unsafe String(cString: $0) }
    unsafe place.keep(
        KeptSession(taking: offered, context: state.context, peer: peer, serverName: name))
    return 1
}
