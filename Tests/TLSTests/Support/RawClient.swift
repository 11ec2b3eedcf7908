import COpenSSL
import Testing

/// A client made of bare OpenSSL calls, for what an honest session would never send.
@safe
final class RawClient {
    private let context: OpaquePointer
    private let session: OpaquePointer

    /// - Parameter socket: stays the caller's.
    init(socket: Int32) throws {
        unsafe context = try #require(unsafe SSL_CTX_new(TLS_client_method()))
        unsafe session = try #require(unsafe SSL_new(context))
        unsafe SSL_set_fd(session, socket)
        unsafe SSL_set_connect_state(session)
    }

    deinit {
        unsafe SSL_free(session)
        unsafe SSL_CTX_free(context)
    }

    func handshake() { unsafe SSL_do_handshake(session) }

    func write(_ text: String) { unsafe SSL_write(session, text, Int32(text.utf8.count)) }

    /// Sends one KeyUpdate (RFC 8446 §4.6.3).
    func updateKey() {
        unsafe SSL_key_update(session, SSL_KEY_UPDATE_NOT_REQUESTED)
        unsafe SSL_do_handshake(session)
    }
}
