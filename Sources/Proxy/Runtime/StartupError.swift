import EventLoop
import Glibc

/// Why the proxy cannot start, in one line that says what, where and what to do.
package struct StartupError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    init(listening name: String, _ address: SocketAddress, _ error: SystemError) {
        switch error.code {
        case EADDRINUSE:
            self.init("\(name) port \(address) is taken by another process; stop it or choose another port")
        case EACCES:
            self.init("\(name) port \(address) needs privileges; choose a port above 1023")
        case EADDRNOTAVAIL:
            self.init("\(name) address \(address) is not an address of this machine")
        default:
            self.init("cannot listen on \(name) address \(address): \(error)")
        }
    }
}
