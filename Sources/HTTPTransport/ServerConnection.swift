import Bytes
import EventLoop
import Glibc
import HTTP

/// One client's connection, which is one task: read a request, have it answered, write the response, again. When its first
/// bytes are those of HTTP/2 (RFC 9113 §3.4), `HTTP2ServerConnection` takes it over.
///
/// ```
/// idle ──first byte──▶ head ──▶ body ──▶ handler ──▶ writing ──keep-alive──▶ idle
///   │ idle timeout, stop  │ 4xx refusal  │                       └─close──▶ lingering ──▶ closed
///   ▼                     └──────────────┴───────────────────────────────────▲
/// closed
/// ```
final class ServerConnection {
    private let descriptor: TransportStream
    private let waiter: Waiter
    private let context: ServerContext
    private let peer: SocketAddress
    private var scanner: HeadScanner
    private var head = RequestHead()
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    private var hasEnded = false

    private var loop: EventLoop { context.loop }
    private var limits: HTTPServerLimits { context.limits }
    private var isEnding: Bool { context.isEnding }

    /// Takes ownership of the accepted descriptor, which is closed when this throws.
    init(_ accepted: AcceptedConnection, context: ServerContext) throws(SystemError) {
        self.context = context
        peer = accepted.peer
        scanner = HeadScanner(.request, limits: context.limits.codec)
        waiter = Waiter(loop: context.loop)
        descriptor = TransportStream(
            try Descriptor(number: accepted.number, loop: context.loop, waiter: waiter))
    }

    func wake() { waiter.wake() }

    func run() async {
        loop.join(waiter)
        defer {
            loop.leave(waiter)
            waiter.invalidate()
        }
        guard await openTransport(), await awaitFirstByte() else { return }
        if await isHTTP2() { return await serveHTTP2() }
        repeat {
            guard await serveOne() else { return }
        } while await awaitFirstByte()
    }

    /// Reads until the first bytes tell, or nothing more comes; then they are HTTP/1's to refuse.
    private func isHTTP2() async -> Bool {
        let deadline = loop.now.advanced(by: limits.headTimeout)
        while true {
            switch ProtocolDetector.detect(input.bytes) {
            case .found(let found): return found == .http2
            case .needMore: guard await readMore(until: deadline) == .bytes else { return false }
            }
        }
    }

    /// Shakes hands where TLS is spoken. - Returns: whether requests may come.
    private func openTransport() async -> Bool {
        guard let tls = context.tls else { return true }
        if await descriptor.secure(tls, waiter, until: loop.now.advanced(by: limits.headTimeout)) { return true }
        context.counters.handshakesFailed.increment()
        return false
    }

    private func serveHTTP2() async {
        var received = ByteBuffer()
        swap(&received, &input)
        await HTTP2ServerConnection(
            on: descriptor, received: received, waiter: waiter, peer: peer, context: context
        ).run()
    }

    // MARK: Reading

    /// - Returns: false when the connection is to be closed: nothing came, or nothing more shall be taken.
    private func awaitFirstByte() async -> Bool {
        let deadline = loop.now.advanced(by: limits.idleTimeout)
        while input.isEmpty {
            guard !isEnding else { return false }
            guard await readMore(until: deadline) == .bytes else { return false }
        }
        return true
    }

    private enum ReadOutcome { case bytes, ended, timedOut, woken }

    /// Reads what is there, or waits once.
    private func readMore(until deadline: MonotonicTime) async -> ReadOutcome {
        while true {
            switch descriptor.read(into: &input, minimum: readBytesMin) {
            case .bytes: return .bytes
            case .end, .failed:
                hasEnded = true
                return .ended
            case .wouldBlock:
                if await waiter.wait(until: deadline) == .deadline { return .timedOut }
                if isEnding, input.isEmpty { return .woken }
            }
        }
    }

    /// - Returns: whether the connection goes on.
    private func serveOne() async -> Bool {
        do throws(Refusal) {
            let head = try await readHead()
            let body = try await readBody(of: head)
            let request = HTTPRequest(
                method: head.method, target: head.target, fields: head.fields, peer: peer,
                client: descriptor.peer, body: body)
            context.counters.requests.increment()
            let response = await context.handler(request)
            let keepsAlive = head.keepsAlive && !isEnding
            write(response, isHead: head.method == "HEAD", keepsAlive: keepsAlive)
            guard await flush() else { return false }
            if !keepsAlive { await linger() }
            return keepsAlive
        } catch {
            await refuse(error)
            return false
        }
    }

    /// Why a request is not handed to the handler.
    private enum Refusal: Error {
        case answer(status: Int, why: String)
        /// The client has gone; there is nobody to answer.
        case silence

        init(_ error: HTTPError) { self = .answer(status: error.status, why: "not understood: \(error)") }
    }

    private func readHead() async throws(Refusal) -> ReceivedHead {
        let deadline = loop.now.advanced(by: limits.headTimeout)
        while true {
            switch scanner.scan(input.bytes) {
            case .failed(let error): throw Refusal(error)
            case .needMore: try await more(until: deadline)
            case .complete(let byteCount):
                let fault = head.parse(input.bytes.extracting(0..<byteCount), limits: limits.codec)
                input.consume(byteCount)
                if let fault { throw Refusal(fault) }
                return ReceivedHead(head)
            }
        }
    }

    private func readBody(of head: ReceivedHead) async throws(Refusal) -> [UInt8] {
        var body = WholeBody(head.framing, bytesMax: limits.bodyBytesMax)
        let deadline = loop.now.advanced(by: limits.bodyTimeout)
        var owesContinue = head.expectsContinue
        var counted = 0
        defer { context.bodies.giveBack(counted) }
        while true {
            switch body.take(from: &input) {
            case .complete: return body.bytes
            case .tooLarge: throw .answer(status: 413, why: "the body is larger than \(limits.bodyBytesMax) bytes")
            case .malformed: throw .answer(status: 400, why: "malformed chunked body")
            case .incomplete: break
            }
            guard context.bodies.take(body.bytes.count - counted) else {
                throw .answer(status: 503, why: "too many bytes of bodies are on their way")
            }
            counted = body.bytes.count
            if owesContinue {
                owesContinue = false
                output.append("HTTP/1.1 100 Continue\r\n\r\n")
                guard await flush() else { throw .silence }
            }
            try await more(until: deadline)
        }
    }

    private func more(until deadline: MonotonicTime) async throws(Refusal) {
        switch await readMore(until: deadline) {
        case .bytes, .woken: return
        case .ended: throw .silence
        case .timedOut: throw .answer(status: 408, why: "the request took too long")
        }
    }

    // MARK: Writing

    private func write(_ response: HTTPResponse, isHead: Bool, keepsAlive: Bool) {
        output.append("HTTP/1.1 ")
        output.append(decimal: UInt64(max(response.status, 0)))
        output.append(" ")
        output.append(HTTPStatus.phrase(response.status))
        output.append("\r\nDate: ")
        HTTPDate(unixSeconds: Int64(time(nil))).append(to: &output)
        output.append("\r\n")
        response.fields.write(to: &output)
        let hasBody = response.status != 204 && response.status != 304
        if hasBody {
            output.append("Content-Length: ")
            output.append(decimal: UInt64(response.body.count))
            output.append("\r\n")
        }
        if !keepsAlive { output.append("Connection: close\r\n") }
        output.append("\r\n")
        if hasBody, !isHead { output.append(response.body) }
    }

    /// - Returns: false when the client has gone or takes nothing.
    private func flush() async -> Bool {
        while !output.isEmpty {
            switch descriptor.write(from: &output) {
            case .bytes: continue
            case .end, .failed: return false
            case .wouldBlock:
                let deadline = loop.now.advanced(by: limits.writeTimeout)
                if await waiter.wait(until: deadline) == .deadline { return false }
            }
        }
        return true
    }

    private func refuse(_ refusal: Refusal) async {
        switch refusal {
        case .silence: return
        case .answer(let status, let why):
            context.counters.requestsRefused.increment()
            write(
                context.refusal(HTTPRefusal(status: status, why: why, request: nil)), isHead: false, keepsAlive: false)
            if await flush() { await linger() }
        }
    }

    /// Lets the client read the last response: a close with unread input would reset the connection under it
    /// (RFC 9112 §9.6).
    private func linger() async {
        guard !hasEnded else { return }
        descriptor.shutdownWriting()
        let deadline = loop.now.advanced(by: limits.lingerTimeout)
        while MonotonicTime.now() < deadline {
            input.clear()
            switch descriptor.read(into: &input, minimum: readBytesMin) {
            case .bytes: await Task.yield()
            case .end, .failed: return
            case .wouldBlock: if await waiter.wait(until: deadline) == .deadline { return }
            }
        }
    }
}
