import Bytes
import EventLoop
import Foundation
import HTTPTransport
import Programs
import TLS

/// Runs `body` as a task of a fresh loop on its own thread and returns what it made.
func onLoop<Result: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Result) async throws -> Result {
    let loop = try EventLoop()
    let thread = try EventLoopThread(running: loop)
    let task = Task(executorPreference: loop) { try await body(loop) }
    let result = await task.result
    loop.stop()
    thread.join()
    return try result.get()
}

let anyPort = SocketAddress("127.0.0.1:0")!

/// Answers with what it was asked: method, path, query, and the length of the body.
let describe: HTTPServer.Handler = { request in
    .text("\(request.method) \(request.path) \(request.query) \(request.body.count)")
}

/// A client of raw bytes, for what a well-behaved client would never send.
final class RawClient {
    private let socket: Descriptor
    private let waiter: Waiter
    private let loop: EventLoop
    private var session: TLSSession?
    private(set) var received: [UInt8] = []
    private(set) var hasEnded = false

    init(_ address: SocketAddress, loop: EventLoop) async throws {
        self.loop = loop
        waiter = Waiter(loop: loop)
        let outcome = await Descriptor.connect(
            to: address, loop: loop, waiter: waiter, deadline: loop.now.advanced(by: .seconds(5)))
        guard case .connected(let socket) = outcome else { throw SystemError("connect \(address)", code: 0) }
        self.socket = socket
    }

    /// Shakes hands. - Returns: what ALPN chose; nil when it chose nothing, or TLS did not come about.
    func secure(_ context: TLSContext) async -> String? {
        session = TLSSession(context, socket: socket.number)
        while true {
            switch session?.handshake() {
            case .done: return session?.applicationProtocol
            case .wantsRead: socket.readBlocked()
            case .wantsWrite: socket.writeBlocked()
            case .failed, nil: return nil
            }
            if await waiter.wait(until: loop.now.advanced(by: .seconds(30))) == .deadline { return nil }
        }
    }

    private func write(_ buffer: inout ByteBuffer) -> IOResult {
        switch session?.write(from: &buffer) {
        case nil: return socket.write(from: &buffer)
        case .bytes(let count): return .bytes(count)
        case .wouldBlockOnRead, .wouldBlockOnWrite:
            socket.writeBlocked()
            return .wouldBlock
        case .failed: return .failed(0)
        }
    }

    private func read(_ buffer: inout ByteBuffer) -> IOResult {
        switch session?.read(into: &buffer, minimum: 4096) {
        case nil: return socket.read(into: &buffer, minimum: 4096)
        case .bytes(let count): return .bytes(count)
        case .wouldBlockOnRead, .wouldBlockOnWrite:
            socket.readBlocked()
            return .wouldBlock
        case .end: return .end
        case .truncated, .failed: return .failed(0)
        }
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    func send(_ text: String) async { await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async {
        var buffer = ByteBuffer()
        buffer.append(bytes)
        while !buffer.isEmpty {
            switch write(&buffer) {
            case .bytes: continue
            case .wouldBlock: _ = await waiter.wait(until: loop.now.advanced(by: .seconds(5)))
            case .end, .failed: return
            }
        }
    }

    func finishSending() { socket.shutdownWriting() }
    func reset() { socket.resetOnClose() }

    /// Reads until `isEnough`, the end of the connection, or longer than a busy machine takes.
    func receive(until isEnough: (String) -> Bool) async {
        let deadline = loop.now.advanced(by: .seconds(30))
        var buffer = ByteBuffer()
        while !isEnough(text) {
            switch read(&buffer) {
            case .bytes:
                unsafe buffer.withReadableBytes { unsafe received.append(contentsOf: $0) }
                buffer.clear()
            case .end, .failed:
                hasEnded = true
                return
            case .wouldBlock:
                if await waiter.wait(until: deadline) == .deadline { return }
            }
        }
    }

    func receiveToEnd() async -> String {
        await receive { _ in false }
        return text
    }
}

/// A server that reads nothing in particular and says `reply` to each connection, once `trigger` was read.
final class ScriptedServer {
    private let listener: Listener
    private let loop: EventLoop
    private let replies: [[String]?]
    private(set) var connections = 0
    var address: SocketAddress { listener.address }

    /// - Parameter replies: what the n-th connection gets for each request, then it is closed; nil closes it at once.
    init(loop: EventLoop, replies: [[String]?]) throws {
        self.loop = loop
        self.replies = replies
        listener = try Listener(binding: anyPort, loop: loop)
        loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.run() }
    }

    private func run() async {
        await listener.run { accepted in
            let script = replies[min(connections, replies.count - 1)]
            connections += 1
            loop.spawn { [loop] in await Self.serve(accepted, script, loop) }
        }
    }

    private static func serve(_ accepted: AcceptedConnection, _ script: [String]?, _ loop: EventLoop) async {
        let waiter = Waiter(loop: loop)
        guard let socket = try? Descriptor(number: accepted.number, loop: loop, waiter: waiter), let script else {
            return
        }
        var input = ByteBuffer()
        for reply in script {
            reading: while true {
                switch socket.read(into: &input, minimum: 4096) {
                case .bytes: break reading
                case .wouldBlock: _ = await waiter.wait()
                case .end, .failed: return
                }
            }
            input.clear()
            var output = ByteBuffer()
            output.append(reply)
            while !output.isEmpty, case .bytes = socket.write(from: &output) {}
        }
    }
}

/// Runs curl and returns what it wrote, with the exit status.
func curl(_ arguments: [String], input: [UInt8] = []) async throws -> (status: Int32, output: String) {
    let result = try await Program.system("curl").runAside(["-sS", "--max-time", "40"] + arguments, input: input)
    return (result.status, result.output)
}
