import Bytes
import EventLoop
import Glibc
import HTTPTransport

/// One end of a TCP connection that says exactly what it is told to and keeps exactly what it gets: the client, or one
/// connection of a `ScriptedUpstream`. Lives on the loop that it was made on.
///
/// Every wait ends after `patience` with an error that shows what had come until then, so a hanging proxy fails a test
/// instead of hanging it.
final class RawConnection {
    /// How the peer's side ended.
    enum Ending: Equatable {
        /// FIN: everything the peer sent has arrived.
        case finished
        /// RST: something may have been lost.
        case reset
    }

    /// Longer than any time limit that a test gives the proxy, also on a busy machine.
    static let patience = Duration.seconds(45)

    let loop: EventLoop
    /// Set once the peer has closed or reset.
    var ending: Ending?
    /// What has been received and not been taken by one of the `receive` methods.
    var pending: [UInt8] = []
    /// All bytes sent and received over this connection so far.
    private(set) var sentCount = 0
    var receivedCount = 0
    private(set) var socket: Descriptor?
    let waiter: Waiter

    init(accepted: AcceptedConnection, loop: EventLoop) throws {
        self.loop = loop
        waiter = Waiter(loop: loop)
        socket = try Descriptor(number: accepted.number, loop: loop, waiter: waiter)
        loop.join(waiter)
    }

    /// A client of `address`.
    init(to address: SocketAddress, loop: EventLoop) async throws {
        self.loop = loop
        let waiter = Waiter(loop: loop)
        self.waiter = waiter
        loop.join(waiter)
        let deadline = loop.now.advanced(by: Self.patience)
        switch await Descriptor.connect(to: address, loop: loop, waiter: waiter, deadline: deadline) {
        case .connected(let descriptor): socket = descriptor
        case .timedOut: throw ConnectionError("no connection to \(address) in time")
        case .failed(let code): throw SystemError("connect \(address)", code: code)
        }
    }

    /// Neither has the peer ended, as far as is known without reading, nor has this end been closed.
    var isOpen: Bool { ending == nil && socket.map { !$0.peerClosed && !$0.isHungUp } ?? false }

    /// The connection's own port: tells two clients apart.
    var localPort: UInt16 { socket?.localAddress?.port ?? 0 }

    // MARK: Sending

    /// - Returns: false when the peer takes no more because it has closed or reset.
    @discardableResult
    func send(_ text: String) async throws -> Bool { try await send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) async throws -> Bool {
        var buffer = ByteBuffer(capacity: bytes.count)
        buffer.append(bytes)
        while !buffer.isEmpty {
            guard try await writeSome(of: &buffer) else { return false }
        }
        return true
    }

    func writeSome(of buffer: inout ByteBuffer) async throws -> Bool {
        guard let socket else { return false }
        switch socket.write(from: &buffer) {
        case .bytes(let count): sentCount += count
        case .wouldBlock: try await wait("room to send")
        case .end, .failed: return false
        }
        return true
    }

    // MARK: Receiving

    /// Takes `count` bytes. - Throws: when the peer ends before.
    func receive(_ count: Int) async throws -> [UInt8] {
        while pending.count < count {
            guard try await fill("\(count) bytes") else { throw ended("\(count) bytes") }
        }
        return take(count)
    }

    /// Takes everything up to and including `mark`. - Throws: when the peer ends before.
    func receive(through mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        while true {
            if let end = pending.firstEnd(of: mark) { return String(decoding: take(end), as: UTF8.self) }
            guard try await fill("\(mark)") else { throw ended(String(decoding: mark, as: UTF8.self)) }
        }
    }

    /// Takes everything until the peer closes or resets.
    func receiveToEnd() async throws -> [UInt8] {
        while try await fill("the end of the connection") {}
        return take(pending.count)
    }

    /// Neither reads nor writes until the test is over.
    func hang() async throws {
        while true { try await wait("the end of the test") }
    }

    /// Waits for bytes. - Returns: false when the peer has ended and everything has been taken.
    func hasMore() async throws -> Bool {
        if pending.isEmpty { return try await fill("anything") }
        return true
    }

    /// Reads once. - Returns: false when the peer has ended.
    func fill(_ awaited: String) async throws -> Bool {
        guard ending == nil, let socket else { return false }
        var buffer = ByteBuffer(capacity: 16_384)
        while true {
            switch socket.read(into: &buffer, minimum: 16_384) {
            case .bytes(let count):
                unsafe buffer.withReadableBytes { unsafe pending.append(contentsOf: $0) }
                receivedCount += count
                return true
            case .wouldBlock: try await wait(awaited)
            case .end:
                ending = .finished
                return false
            case .failed:
                ending = .reset
                return false
            }
        }
    }

    func take(_ count: Int) -> [UInt8] {
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    func wait(_ awaited: String) async throws {
        let wake = await waiter.wait(until: loop.now.advanced(by: Self.patience))
        guard wake == .event, !loop.isDraining else {
            throw ConnectionError("waited in vain for \(awaited); had \(pending.excerpt)")
        }
    }

    private func ended(_ awaited: String) -> ConnectionError {
        ConnectionError(
            "the peer ended (\(ending.map { "\($0)" } ?? "closed here")) before \(awaited.debugDescription) came; had \(pending.excerpt)"
        )
    }

    // MARK: Ending

    /// Sends FIN; the peer may still send.
    func finishSending() { socket?.shutdownWriting() }

    /// Closes: FIN, or RST by the kernel when there is unread input.
    func close() {
        socket = nil
        loop.leave(waiter)
        waiter.invalidate()
    }

    /// Closes with RST.
    func reset() {
        socket?.resetOnClose()
        close()
    }

    deinit { close() }
}
