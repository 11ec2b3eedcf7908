internal import EventLoop
internal import Glibc

/// Why the service cannot start, in one line that says what, where and what to do.
package struct StartupError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    /// - Parameter key: of the setting that holds the address.
    init(listening key: String, _ address: SocketAddress, _ error: SystemError) {
        switch error.code {
        case EADDRINUSE:
            self.init("\(key) \(address) is taken by another process; stop it or choose another port")
        case EADDRNOTAVAIL:
            self.init("\(key) \(address) is not an address of this machine; choose one that is, or 0.0.0.0")
        default:
            self.init("\(key) \(address) cannot be listened on: \(error); choose another address")
        }
    }
}
