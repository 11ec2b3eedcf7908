import Glibc

/// A write-ahead log that cannot be used.
package struct LogError: Error, Equatable, Sendable, CustomStringConvertible {
    package let action: String
    package let path: String
    package let code: Int32

    init(_ action: String, _ path: String, code: Int32 = errno) {
        self.action = action
        self.path = path
        self.code = code
    }

    package var description: String {
        let advice =
            switch code {
            case ENOSPC, EDQUOT, EFBIG: "make room"
            default: "the collector needs a writable directory"
            }
        return "cannot \(action) \(path): \(unsafe String(cString: strerror(code))); \(advice)"
    }
}
