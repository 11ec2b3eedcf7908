import Bytes
import EventLoop
import HTTP
import HTTP2
import HTTPTransport
import TLS

/// A client of single frames, for what `HTTP2Client` would never send.
final class RawHTTP2Client {
    var session: HTTP2Session
    private let raw: RawClient
    private var seen = 0
    private(set) var statuses: [StreamHandle: Int] = [:]
    private(set) var bodies: [StreamHandle: [UInt8]] = [:]
    private(set) var ends: [StreamHandle: StreamEnd] = [:]
    private(set) var interims = 0
    /// The last streams of the GOAWAYs that came.
    private(set) var lastStreams: [Int32] = []
    private var head = ResponseHead()

    init(_ address: SocketAddress, loop: EventLoop) async throws {
        raw = try await RawClient(address, loop: loop)
        session = HTTP2Session(.client, now: MonotonicTime.now().nanoseconds)
    }

    /// Begins TLS, before anything is sent. - Returns: what ALPN chose.
    func secure(_ context: TLSContext) async -> String? { await raw.secure(context) }

    var hasEnded: Bool { raw.hasEnded }

    func post(_ path: String, fields: HTTPFields = [:]) throws -> StreamHandle {
        let path = Array(path.utf8)
        let authority = Array("server".utf8)
        let handle = session.sendRequest(.post, hasBody: true) { block in
            block.request("POST", scheme: .http, authority: authority.rawBytes, path: path.rawBytes) {
                $0.lines { text in
                    for field in fields.all { text.append("\(field.name): \(field.value)\r\n") }
                }
            }
        }
        guard let handle else { throw HTTPClientError.reset }
        return handle
    }

    /// What is to be sent, as bytes.
    func output() -> [UInt8] {
        var buffer = ByteBuffer()
        while session.wantsToSend {
            let before = buffer.count
            session.send(into: &buffer, limit: 1 << 24, now: MonotonicTime.now().nanoseconds)
            while let event = session.nextEvent() { take(event, []) }
            if buffer.count == before { break }
        }
        return Array(buffer.bytes)
    }

    func flush() async { await raw.send(output()) }

    func send(_ bytes: [UInt8]) async { await raw.send(bytes) }

    /// Receives, and answers pings and the like, until `isDone` or the end of the connection.
    func receive(until isDone: () -> Bool) async {
        while !isDone(), !raw.hasEnded {
            let before = raw.received.count
            await raw.receive { [seen] _ in raw.received.count > max(before, seen) }
            deliver()
            await flush()
        }
    }

    private func deliver() {
        while seen < raw.received.count, !session.isOver {
            let bytes = Array(raw.received[seen...])
            seen += session.receive(bytes.rawBytes, now: MonotonicTime.now().nanoseconds)
            while let event = session.nextEvent() { take(event, bytes) }
        }
    }

    private func take(_ event: HTTP2Event, _ bytes: [UInt8]) {
        switch event {
        case .response(let handle, let slot):
            session.takeResponse(slot, into: &head)
            statuses[handle] = head.status
        case .data(let handle, let range):
            bodies[handle, default: []] += bytes[range.range]
            session.consumed(handle, Int(range.count))
        case .interim: interims += 1
        case .closed(let handle, let end):
            ends[handle] = end
            session.release(handle)
        case .goAway(let last, _): lastStreams.append(last)
        case .trailers, .end, .drained, .settings, .pingAcknowledged, .failed, .request, .requestRefused: break
        }
    }
}
