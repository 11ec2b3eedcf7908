import Glibc

/// A system call that failed: which one, on what, and why.
package struct SystemError: Error, CustomStringConvertible, Sendable {
    /// The call as in its manual page, with its object where it has one: `bind 127.0.0.1:4140`.
    package let call: String
    package let code: Int32

    package init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    /// The machine has no such addresses.
    package var isWithoutAddressFamily: Bool { code == EAFNOSUPPORT || code == EADDRNOTAVAIL }

    package var description: String { unsafe "\(call): \(String(cString: strerror(code)))" }
}
