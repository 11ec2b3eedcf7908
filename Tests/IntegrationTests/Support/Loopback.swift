import EventLoop
import Testing

/// Addresses that only this machine reaches.
enum Loopback {
    /// Lets the kernel choose; for sockets of the tests' own.
    static let anyPort = SocketAddress(v4: 0x7F00_0001, port: 0)

    /// An address on which nobody listens, for a program that is told where to listen, or to be refused by.
    ///
    /// The host is a random one of 127.0.0.0/8 and the port is below those that the kernel gives to clients, so tests
    /// that run at once, and other processes of this machine, do not meet.
    static func freshAddress() -> SocketAddress {
        while true {
            let host = UInt32.random(in: 0x7F01_0001...0x7FFE_FFFE)
            let address = SocketAddress(v4: host, port: .random(in: 10_000..<30_000))
            do throws(SystemError) {
                try Listener.checkFree(address)
                return address
            } catch {
                continue
            }
        }
    }
}

/// Runs `body` as a task of a fresh loop on its own thread and returns what it made. When it has ended the loop is
/// drained, so that listeners and connections which are left over end too.
func onLoop<Result: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Result) async throws -> Result {
    try DescriptorLimit.raise()
    let loop = try EventLoop()
    let thread = try EventLoopThread(running: loop)
    let task = Task(executorPreference: loop) {
        defer { loop.drain() }
        return try await body(loop)
    }
    let result = await task.result
    loop.stop()
    thread.join()
    return try result.get()
}
