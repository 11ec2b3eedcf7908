import Bytes
import HTTP
import HTTP2

/// What must hold for any bytes that a peer sends, shared by the fuzzer and the test that replays its corpus. A broken
/// promise traps.
///
/// The first byte chooses: bit 0 the role, bit 1 the limits, bit 2 whether the peer has opened the connection already,
/// the upper bits in what pieces the rest arrives.
func checkSession(_ input: [UInt8]) {
    guard let choice = input.first else { return }
    let peer = PropertyPeer(isClient: choice & 1 != 0, limits: choice & 2 != 0 ? .meshPeer : HTTP2Limits())
    var bytes = Array(input.dropFirst())
    if choice & 4 != 0 {
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        bytes = (peer.isClient ? [] : Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)) + settings + bytes
    }
    let stride = choice >> 3 == 0 ? max(bytes.count, 1) : Int(choice >> 3)
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + stride)
        peer.receive(Array(bytes[start..<end]))
        start = end
    }
    peer.finish()
}

/// Our side: a server that answers with what it got, or a client with three requests.
private final class PropertyPeer {
    let isClient: Bool
    private var session: HTTP2Session
    private var now: UInt64 = 1_000_000_000
    private var open: Set<StreamHandle> = []
    private var unconsumed: [StreamHandle: Int] = [:]

    init(isClient: Bool, limits: HTTP2Limits) {
        self.isClient = isClient
        session = HTTP2Session(isClient ? .client : .server, limits: limits, acceptsExtendedConnect: true, now: now)
        guard isClient else { return }
        for (method, hasBody) in [(HTTPMethod.get, false), (.post, true), (.connect, true)] {
            let name: StaticString = method == .get ? "GET" : method == .post ? "POST" : "CONNECT"
            let path = Array("/".utf8)
            let handle = session.sendRequest(method, hasBody: hasBody) {
                $0.request(name, scheme: .http, authority: path.rawBytes, path: path.rawBytes)
            }
            guard let handle else { preconditionFailure("a new connection takes requests") }
            open.insert(handle)
            if hasBody { session.write(handle, Array(repeating: 7, count: 1000).rawBytes) }
        }
        send()
    }

    func receive(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let rest = Array(bytes[offset...])
            let taken = session.receive(rest.rawBytes, now: now)
            precondition(taken > 0 && taken <= rest.count, "no progress, or too much")
            takeEvents(byteCount: rest.count)
            offset += taken
        }
        send()
        now += 3_000_000_000
        session.tick(now: now)
        takeEvents(byteCount: 0)
    }

    func finish() {
        send()
        session.transportClosed()
        takeEvents(byteCount: 0)
        precondition(open.isEmpty, "a stream was never closed")
        precondition(session.streamCount == 0, "a stream was never given back")
        precondition(!session.wantsToSend, "something is to be sent behind the end")
    }

    private func send() {
        var total = 0
        while session.wantsToSend {
            var buffer = ByteBuffer()
            session.send(into: &buffer, limit: 5000, now: now)
            precondition(buffer.count < 5000 + 16 * 1024 + 64 * 1024, "the limit was not kept")
            takeEvents(byteCount: 0)
            if buffer.isEmpty { break }
            total += buffer.count
            precondition(total < 64 << 20, "sending does not end")
        }
    }

    private func takeEvents(byteCount: Int) {
        while let event = session.nextEvent() {
            take(event, byteCount)
            let limit = session.limits.concurrentStreams + session.limits.lingeringStreams
            precondition(session.streamCount <= limit + 3, "more streams than allowed")
        }
    }

    private func take(_ event: HTTP2Event, _ byteCount: Int) {
        switch event {
        case .request(let handle, let slot):
            precondition(open.insert(handle).inserted, "a request came twice")
            var head = RequestHead()
            session.takeRequest(slot, into: &head)
            precondition(head.versionMajor == 2 && !head.bytes.isEmpty)
            session.sendResponse(handle, hasBody: true) { $0.response(status: 200) }
        case .requestRefused(let handle, let error):
            precondition(open.insert(handle).inserted, "a request came twice")
            session.sendResponse(handle, hasBody: false) { $0.response(status: error.status) }
        case .data(let handle, let range):
            precondition(open.contains(handle) && range.upperBound <= byteCount, "data out of place")
            unconsumed[handle, default: 0] += Int(range.count)
            if handle.id % 4 == 1 { session.consumed(handle, unconsumed.removeValue(forKey: handle) ?? 0) }
            session.write(handle, [1, 2, 3].rawBytes)
        case .trailers(let handle, let slot):
            precondition(open.contains(handle), "trailers of nobody")
            var trailers = TrailerSection()
            session.takeTrailers(slot, into: &trailers)
        case .interim(let handle, let slot), .response(let handle, let slot):
            precondition(open.contains(handle), "a response to nobody")
            var head = ResponseHead()
            session.takeResponse(slot, into: &head)
            precondition(head.status >= 100 && head.status != 101)
        case .end(let handle):
            precondition(open.contains(handle), "the end of nothing")
            session.finish(handle)
        case .closed(let handle, _):
            precondition(open.remove(handle) != nil, "a stream closed twice")
            unconsumed[handle] = nil
            session.release(handle)
        case .drained, .goAway, .settings, .pingAcknowledged, .failed: break
        }
    }
}
