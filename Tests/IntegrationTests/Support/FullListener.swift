import Glibc

@testable import EventLoop

/// A port that lets connection attempts wait for ever: its queue is full and nobody accepts, so the kernel drops every
/// SYN, as a machine that is gone would.
final class FullListener {
    let address: SocketAddress
    private let number: Int32
    private let filling: RawConnection

    init(loop: EventLoop) async throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError("socket") }
        let address = Loopback.freshAddress()
        // A backlog of 0 holds one connection.
        guard unsafe address.withSockaddr({ unsafe Glibc.bind(number, $0, $1) }) == 0, listen(number, 0) == 0 else {
            throw SystemError("listen on \(address)")
        }
        self.number = number
        self.address = address
        filling = try await RawConnection(to: address, loop: loop)
    }

    deinit { Glibc.close(number) }
}
