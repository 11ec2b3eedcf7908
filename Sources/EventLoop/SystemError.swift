import Glibc

/// A system call that failed: which one, on what, and why.
public struct SystemError: Error, CustomStringConvertible, Sendable {
    /// The call as in its manual page, with its object where it has one: `bind 127.0.0.1:4140`.
    public let call: String
    public let code: Int32

    public init(_ operation: String) { self.init(operation, code: errno) }

    public init(_ call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// The machine has no such addresses.
    public var isWithoutAddressFamily: Bool { code == EAFNOSUPPORT || code == EADDRNOTAVAIL }

    public var description: String { unsafe "\(call): \(String(cString: strerror(code)))" }
}
