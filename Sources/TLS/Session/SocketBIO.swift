internal import COpenSSL
internal import Glibc

/// How OpenSSL reads from and writes to a session's socket.
///
/// OpenSSL's own socket BIO writes with `write`, which raises SIGPIPE once the peer is gone, and forgets errno and whether
/// a read came back short. This one notes them in the session's state.
///
/// Sendable because the method table is not changed after it was made.
@safe
struct SocketBIO: @unchecked Sendable {
    private let method: OpaquePointer

    private static let shared = SocketBIO()

    private init() {
        let kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let made = unsafe BIO_meth_new(kind, "martlet socket") else {
            preconditionFailure("OpenSSL is out of memory")
        }
        unsafe method = made
        unsafe BIO_meth_set_read_ex(made, receiveIntoBIO)
        unsafe BIO_meth_set_write_ex(made, sendFromBIO)
        unsafe BIO_meth_set_ctrl(made, controlBIO)
    }

    /// - Parameter state: must outlive the BIO.
    static func make(_ state: SessionState) -> OpaquePointer {
        guard let bio = unsafe BIO_new(shared.method) else { preconditionFailure("OpenSSL is out of memory") }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(state).toOpaque())
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }
}

/// - Parameter bio: one that `SocketBIO.make` made.
private func state(of bio: OpaquePointer?) -> SessionState? {
    unsafe BIO_get_data(bio).map { unsafe Unmanaged<SessionState>.fromOpaque($0).takeUnretainedValue() }
}

private func receiveIntoBIO(
    _ bio: OpaquePointer?, _ room: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ received: UnsafeMutablePointer<Int>?
) -> Int32 {
    guard let state = unsafe state(of: bio) else { return 0 }
    unsafe martlet_BIO_clear_retry_flags(bio)
    let count = uninterrupted { unsafe recv(state.socket, room, capacity, 0) }
    state.isBlocked = false
    state.wasReceiveShort = count < capacity
    guard count > 0 else {
        if count == 0 { state.hasEnded = true }
        if count < 0, state.isBlocked(by: errno) { unsafe martlet_BIO_set_retry_read(bio) }
        unsafe received?.pointee = 0
        return 0
    }
    unsafe received?.pointee = count
    return 1
}

private func sendFromBIO(
    _ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ wanted: Int, _ sent: UnsafeMutablePointer<Int>?
) -> Int32 {
    guard let state = unsafe state(of: bio) else { return 0 }
    unsafe martlet_BIO_clear_retry_flags(bio)
    let count = uninterrupted { unsafe send(state.socket, bytes, wanted, Int32(MSG_NOSIGNAL)) }
    state.isBlocked = false
    guard count >= 0 else {
        if state.isBlocked(by: errno) { unsafe martlet_BIO_set_retry_write(bio) }
        unsafe sent?.pointee = 0
        return 0
    }
    unsafe sent?.pointee = count
    return 1
}

private func controlBIO(
    _ bio: OpaquePointer?, _ command: Int32, _ argument: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
    switch command {
    case BIO_CTRL_FLUSH: 1
    case BIO_CTRL_EOF: (unsafe state(of: bio)?.hasEnded ?? true) ? 1 : 0
    default: 0
    }
}

/// Repeats a system call that a signal interrupted.
private func uninterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
