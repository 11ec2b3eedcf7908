import COpenSSL
import Testing

@testable import TLS

/// A client made of bare OpenSSL calls, for what an honest session would never send. It verifies nobody.
@safe
final class RawClient {
    private let context: OpaquePointer
    private let session: OpaquePointer

    /// - Parameters:
    ///   - socket: stays the caller's.
    ///   - identity: what it shows when it is asked, or nil for nothing.
    ///   - ticket: what it offers to resume.
    init(socket: Int32, showing identity: IssuedIdentity? = nil, resuming ticket: RawTicket? = nil) throws {
        unsafe context = try #require(unsafe SSL_CTX_new(TLS_client_method()))
        unsafe session = try #require(unsafe SSL_new(context))
        unsafe SSL_set_fd(session, socket)
        unsafe SSL_set_connect_state(session)
        if let identity {
            let intermediates = CertificateStack(Array(identity.chain.dropFirst()))
            let status = unsafe SSL_use_cert_and_key(
                session, identity.chain[0].pointer, identity.key.pointer, intermediates.pointer, 1)
            try #require(status == 1)
        }
        if let ticket {
            // A copy, since OpenSSL spoils what was resumed once.
            let copy = try unsafe RawTicket(copying: ticket.pointer)
            try #require(unsafe SSL_set_session(session, copy.pointer) == 1)
        }
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

    var isResumed: Bool { unsafe SSL_session_reused(session) == 1 }

    /// Reads what has come, and returns the session that a ticket in it is for.
    func ticket() throws -> RawTicket {
        var room = [UInt8](repeating: 0, count: 100)
        #expect(unsafe SSL_read(session, &room, 100) == -1)
        let ticket = try unsafe RawTicket(copying: #require(unsafe SSL_get_session(session)))
        try #require(ticket.byteCount > 0)
        return ticket
    }
}

/// A session with a ticket in the hands of a client that does with it what it likes.
@safe
final class RawTicket {
    let pointer: OpaquePointer

    init(copying session: OpaquePointer) throws {
        unsafe pointer = try #require(unsafe SSL_SESSION_dup(session))
    }

    deinit { unsafe SSL_SESSION_free(pointer) }

    private var ticket: UnsafeMutableBufferPointer<UInt8> {
        var start: UnsafePointer<UInt8>?
        var count = 0
        unsafe SSL_SESSION_get0_ticket(pointer, &start, &count)
        return unsafe UnsafeMutableBufferPointer(start: UnsafeMutablePointer(mutating: start), count: count)
    }

    var byteCount: Int { unsafe ticket.count }

    /// Changes one bit of the byte at `position`.
    func spoil(_ position: Int) { unsafe ticket[position] ^= 1 }

    /// Forgets how old it is, so that OpenSSL offers it in spite of its lifetime.
    func becomeYoung() { unsafe SSL_SESSION_set_time(pointer, Int(WallTime.now().secondsSinceEpoch)) }

    var lifetimeSeconds: UInt { unsafe SSL_SESSION_get_ticket_lifetime_hint(pointer) }
    /// Bytes that may be sent before the handshake is done (0-RTT).
    var earlyDataBytesMax: UInt32 { unsafe SSL_SESSION_get_max_early_data(pointer) }
}
