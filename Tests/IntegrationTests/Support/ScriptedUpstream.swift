import EventLoop

/// A server that does to each connection what its script says: read, answer, reset, half-close, or hang.
///
/// ```
/// let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
///     _ = try await connection.receiveRequest()
///     try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
///     connection.reset()
/// }
/// ```
/// A connection is closed when its script returns. A script that throws (its peer went away) is noted in `failures`.
final class ScriptedUpstream {
    /// - Parameter index: counts the connections from 0.
    typealias Script = (_ connection: RawConnection, _ index: Int) async throws -> Void

    let address: SocketAddress
    private(set) var connectionCount = 0
    /// Scripts that have returned or thrown.
    private(set) var endedCount = 0
    private(set) var failures: [String] = []
    /// What `answer` has read, in the order of arrival.
    private(set) var requests: [ReceivedMessage] = []
    private var listener: Listener?
    private let loop: EventLoop
    private let script: Script
    private let changed: Waiter

    init(loop: EventLoop, script: @escaping Script) throws {
        self.loop = loop
        self.script = script
        changed = Waiter(loop: loop)
        let listener = try Listener(binding: Loopback.anyPort, loop: loop, sharesPort: false)
        self.listener = listener
        address = listener.address
        loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.run() }
    }

    /// Answers every request of every connection with 200 and this body.
    static func answering(_ body: String, loop: EventLoop) throws -> ScriptedUpstream {
        let box = Box()
        let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
            while let owner = box.upstream { try await owner.answer(connection, body) }
        }
        box.upstream = upstream
        return upstream
    }

    private final class Box { weak var upstream: ScriptedUpstream? }

    /// Reads one request, notes it in `requests` and answers 200 with `body`.
    func answer(_ connection: RawConnection, _ body: String) async throws {
        note(try await connection.receiveRequest())
        try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    func note(_ request: ReceivedMessage) {
        requests.append(request)
        changed.wake()
    }

    /// Waits until `condition` holds, which is looked at whenever a connection, request or end of a script comes.
    func wait(until condition: (ScriptedUpstream) -> Bool) async throws {
        let deadline = loop.now.advanced(by: RawConnection.patience)
        while !condition(self) {
            guard await changed.wait(until: deadline) == .event else {
                throw ConnectionError("the upstream waited in vain: \(connectionCount) connections, \(failures)")
            }
        }
    }

    /// Listens no more: the next connection is refused. Those that are open go on.
    func stopListening() async throws {
        listener?.stop()
        try await wait { $0.listener == nil }
    }

    private func run() async {
        await listener?.run { accept($0) }
        listener = nil
        changed.wake()
    }

    private func accept(_ accepted: AcceptedConnection) {
        let index = connectionCount
        connectionCount += 1
        changed.wake()
        do {
            let connection = LoopBound(try RawConnection(accepted: accepted, loop: loop), loop: loop)
            loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.serve(connection.value, index) }
        } catch {
            failures.append("\(error)")
        }
    }

    private func serve(_ connection: RawConnection, _ index: Int) async {
        do {
            try await script(connection, index)
        } catch {
            failures.append("\(error)")
        }
        connection.close()
        endedCount += 1
        changed.wake()
    }
}
