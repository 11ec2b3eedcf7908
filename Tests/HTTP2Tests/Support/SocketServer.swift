import Bytes
import Foundation
import HTTP
import HTTP2
import Synchronization

/// A server for other implementations to talk to, one thread for each connection.
///
/// | path | answer |
/// |---|---|
/// | `/hello` | `hello` |
/// | `/echo` | the request's body, and how long it was in a trailer |
/// | `/size/N` | N bytes |
/// | `/hints` | 103, then 200 |
/// | `/reset` | RST_STREAM(INTERNAL_ERROR) |
/// | `/drain` | 200, and both halves of a graceful end |
final class SocketServer: Sendable {
    let port: UInt16
    private let listener: Int32
    /// How the connections ended that are over.
    let failures = Mutex<[String]>([])

    init() {
        (listener, port) = Loopback.listen()
        Thread.detachNewThread { [self] in acceptAll() }
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func acceptAll() {
        while let connection = Loopback.accept(listener) {
            Thread.detachNewThread { [self] in
                let server = SocketServerConnection(socket: connection)
                if let failure = server.serve() { failures.withLock { $0.append(failure) } }
            }
        }
        close(listener)
    }
}

/// One connection of a `SocketServer`.
private final class SocketServerConnection {
    private let connection: SocketConnection
    private var paths: [Int32: String] = [:]
    private var bodies: [Int32: [UInt8]] = [:]
    private var failure: String?
    private var head = RequestHead()

    init(socket: Int32) { connection = SocketConnection(.server, socket: socket) }

    func serve() -> String? {
        connection.run { event, bytes in react(event, bytes) }
        return failure
    }

    private func react(_ event: HTTP2Event, _ bytes: borrowing ByteBuffer) {
        switch event {
        case .request(let handle, let slot):
            connection.session.takeRequest(slot, into: &head)
            paths[handle.slot] = text(head[head.target.path])
            bodies[handle.slot] = []
        case .data(let handle, let range):
            for offset in range.range { bodies[handle.slot]?.append(bytes.bytes[offset]) }
            connection.session.consumed(handle, Int(range.count))
        case .end(let handle): answer(handle, paths[handle.slot] ?? "")
        case .closed(let handle, _): connection.session.release(handle)
        case .failed(let failure): self.failure = "\(failure)"
        case .requestRefused(let handle, let error):
            connection.session.sendResponse(handle, hasBody: false) { $0.response(status: error.status) }
        case .interim, .response, .trailers, .drained, .goAway, .settings, .pingAcknowledged: break
        }
    }

    private func answer(_ handle: StreamHandle, _ path: String) {
        switch path {
        case "/echo":
            let body = bodies[handle.slot] ?? []
            connection.session.sendResponse(handle, hasBody: true) {
                $0.response(status: 200) { $0.field("x-path", path.latin1) }
            }
            connection.session.write(handle, body.rawBytes)
            connection.session.finish(handle) { $0.field("x-bytes", decimal: UInt64(body.count)) }
        case "/reset": connection.session.reset(handle, .internalError)
        case "/hints":
            let hints = ResponseHead("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            connection.session.sendResponse(handle, hints)
            respond(handle, "hello".latin1)
        case "/drain":
            connection.session.beginDrain()
            connection.session.finishDrain()
            respond(handle, "hello".latin1)
        case let path where path.hasPrefix("/size/"):
            respond(handle, Array(repeating: 0x78, count: Int(path.dropFirst(6)) ?? 0))
        default: respond(handle, "hello".latin1)
        }
    }

    private func respond(_ handle: StreamHandle, _ body: [UInt8]) {
        connection.session.sendResponse(handle, hasBody: !body.isEmpty) {
            $0.response(status: 200, contentLength: UInt64(body.count)) { $0.field("server", "martlet") }
        }
        guard !body.isEmpty else { return }
        connection.session.write(handle, body.rawBytes)
        connection.session.finish(handle)
    }
}
