internal import COpenSSL

/// What OpenSSL left in this thread's error queue.
///
/// The queue belongs to the thread, not to a connection: an entry that stays makes the next call, on another connection,
/// look failed. Whoever calls OpenSSL therefore takes the entries of a failed call at once.
struct OpenSSLError: Error, Equatable {
    /// The first entry, which names the cause; those after it only say which callers gave up. 0 when there was none.
    let code: UInt
    /// OpenSSL's words for it.
    let message: String

    /// Takes the oldest entry and empties the queue.
    static func take() -> OpenSSLError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return OpenSSLError(code: 0, message: "no reason given") }
        let words = unsafe ERR_reason_error_string(code)
        let message = unsafe words.map { unsafe String(cString: $0) } ?? "error \(code)"
        return OpenSSLError(code: code, message: message)
    }

    /// Makes the queue empty before a call. Looking first costs a tenth of clearing, which visits all of its places.
    @inline(__always)
    static func clear() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// The library that failed (ERR_LIB_…): the low bits of a code are a number of that library only.
    var library: Int32 { ERR_GET_LIB(code) }
    var reason: Int32 { ERR_GET_REASON(code) }
}
