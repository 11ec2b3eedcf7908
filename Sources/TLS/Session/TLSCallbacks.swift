internal import COpenSSL

// The functions that OpenSSL calls in the middle of a handshake, on the session's thread.

/// - Parameter session: an SSL that a `TLSSession` made.
func sessionState(of session: OpaquePointer?) -> SessionState? {
    unsafe SSL_get_ex_data(session, 0).map { unsafe Unmanaged<SessionState>.fromOpaque($0).takeUnretainedValue() }
}

/// Judges the peer's certificate in place of OpenSSL, which knows nothing of SPIFFE. No application data has flowed yet.
/// - Parameter store: an X509_STORE_CTX with what the peer sent.
/// - Returns: 1 to go on, 0 to end the handshake with the alert that belongs to the noted error.
func verifyPeer(_ store: OpaquePointer?, _: UnsafeMutableRawPointer?) -> Int32 {
    let session = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    guard let session = unsafe session, let state = unsafe sessionState(of: OpaquePointer(session)) else { return 0 }
    guard let leaf = unsafe X509_STORE_CTX_get0_cert(store) else { return 0 }
    let chain = unsafe X509_STORE_CTX_get0_untrusted(store)
    let now = WallTime.now()
    do throws(PeerRefusal) {
        let identity = try unsafe state.context.bundle.verify(leaf, chain, expecting: state.expected, at: now)
        state.verified = VerifiedPeer(identity: identity, proved: now)
        unsafe dropIntermediates(chain)
        unsafe X509_STORE_CTX_set_error(store, X509_V_OK)
        return 1
    } catch {
        state.refusal = error
        unsafe X509_STORE_CTX_set_error(store, ChainValidation.code(for: error))
        return 0
    }
}

/// Frees what the peer sent along with its leaf: OpenSSL would keep it with the session, 4 KB for each certificate, and
/// nobody asks for it again. The leaf stays first, where OpenSSL takes its key from.
/// - Parameter chain: the STACK_OF(X509) that OpenSSL read from the peer's Certificate message and owns.
private func dropIntermediates(_ chain: OpaquePointer?) {
    while unsafe OPENSSL_sk_num(chain) > 1 {
        guard let last = unsafe OPENSSL_sk_pop(chain) else { return }
        unsafe X509_free(OpaquePointer(last))
    }
}

/// Picks the protocol that comes first in the server's list (RFC 7301 §3.2), or ends the handshake.
func selectApplicationProtocol(
    _ session: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenLength: UnsafeMutablePointer<UInt8>?, _ offer: UnsafePointer<UInt8>?, _ offerLength: UInt32,
    _: UnsafeMutableRawPointer?
) -> Int32 {
    guard let state = unsafe sessionState(of: session) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let offered = unsafe UnsafeBufferPointer(start: offer, count: Int(offerLength))
    for name in state.context.settings.applicationProtocols {
        guard let range = unsafe applicationProtocol(name, in: offered) else { continue }
        unsafe chosen?.pointee = offer?.advanced(by: range.lowerBound)
        unsafe chosenLength?.pointee = UInt8(range.count)
        return SSL_TLSEXT_ERR_OK
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// Where `name` is in an offer, each of whose names follows its length. OpenSSL has checked that the lengths add up.
private func applicationProtocol(_ name: String, in offer: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var position = 0
    while position < offer.count {
        let start = position + 1
        let end = min(start + Int(unsafe offer[position]), offer.count)
        if unsafe offer[start..<end].elementsEqual(name.utf8) { return start..<end }
        position = end
    }
    return nil
}

/// Counts what the peer sends in the handshake's language after the handshake: for each such message OpenSSL steps once
/// out of a state other than the one in which the handshake is done.
func countPostHandshakeMessage(_ session: OpaquePointer?, _ event: Int32, _: Int32) {
    guard event & SSL_CB_LOOP != 0, unsafe SSL_get_state(session) != TLS_ST_OK else { return }
    unsafe sessionState(of: session)?.countMessage()
}
