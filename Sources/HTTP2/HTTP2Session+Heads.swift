import Bytes
import CNghttp2
public import HTTP

/// Sending heads.
extension HTTP2Session {
    /// Whether a request would be sent now, and not wait for another one to end.
    public var canSendRequest: Bool {
        mutating get {
            guard role == .client, failure == nil, !isOver, !isDraining, peerLastStream == nil else { return false }
            guard unsafe nghttp2_session_check_request_allowed(library) != 0 else { return false }
            return streams.openCount
                < Int(unsafe nghttp2_session_get_remote_settings(library, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
        }
    }

    /// Whether the server takes an extended CONNECT (RFC 8441 §3).
    public var peerAcceptsExtendedConnect: Bool {
        mutating get {
            unsafe nghttp2_session_get_remote_settings(library, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1
        }
    }

    /// Sends `head` on a stream of its own. Its body follows by `write` and `finish`, unless its framing says that there is
    /// none.
    /// - Parameter additional: adds fields, behind the received ones; must not call the session.
    /// - Returns: nil when `canSendRequest` is false, or the head is larger than the peer takes.
    public mutating func sendRequest(
        _ head: borrowing RequestHead, _ forwarding: borrowing RequestForwarding = RequestForwarding(),
        scheme: RequestTarget.Scheme = .http, additional: (inout FieldBlock) -> Void = { _ in }
    ) -> StreamHandle? {
        let extended = head.upgrade != nil && forwarding.forwardsUpgrade && peerAcceptsExtendedConnect
        scratch.request(head, forwarding, scheme: scheme, extendedConnect: extended, additional: additional)
        let isTunnel = extended || head.method == .connect
        return sendRequest(
            isTunnel ? .connect : head.method, hasBody: isTunnel || (forwarding.framing ?? head.framing).hasBody)
    }

    /// Sends a request of our own, written by `head`.
    public mutating func sendRequest(
        _ method: HTTPMethod, hasBody: Bool, writing head: (inout FieldBlock) -> Void
    ) -> StreamHandle? {
        head(&scratch)
        return sendRequest(method, hasBody: hasBody)
    }

    private mutating func sendRequest(_ method: HTTPMethod, hasBody: Bool) -> StreamHandle? {
        guard canSendRequest, peerTakesHead else { return nil }
        let slot = streams.acquire(id: 0, now: now)
        streams[slot].method = method
        streams[slot].flags = hasBody ? [.announced, .headSent] : [.announced, .headSent, .finished]
        let library = unsafe library
        let indexesNames = requestsSent & 63 == 0
        requestsSent &+= 1
        let id = unsafe Self.with(scratch, indexesNames: indexesNames) { fields, count in
            let user = unsafe UnsafeMutableRawPointer(bitPattern: Int(slot) + 1)
            guard hasBody else { return unsafe nghttp2_submit_request(library, nil, fields, count, nil, user) }
            var body = unsafe LibraryCallbacks.bodyProvider(slot)
            return unsafe nghttp2_submit_request(library, nil, fields, count, &body, user)
        }
        guard id > 0 else {
            streams.openCount -= 1
            streams.release(slot, keeping: limits.keptBufferBytes)
            return nil
        }
        streams[slot].id = id
        guardian.opened()
        return StreamHandle(id: id, slot: slot)
    }

    /// What became of a response's head.
    public enum Response: Equatable, Sendable {
        case sent
        /// The stream takes none any more.
        case ended
        /// The peer takes no head as large; the stream takes another one.
        case tooLarge
    }

    /// Sends `head` back, an interim one as often as there are. Its body follows by `write` and `finish`, unless its framing
    /// says that there is none.
    /// - Parameter additional: adds fields, behind the received ones; must not call the session.
    @discardableResult
    public mutating func sendResponse(
        _ handle: StreamHandle, _ head: borrowing ResponseHead,
        _ forwarding: borrowing ResponseForwarding = ResponseForwarding(),
        additional: (inout FieldBlock) -> Void = { _ in }
    ) -> Response {
        scratch.response(head, forwarding, additional: additional)
        if head.isInterim { return sendInterim(handle) }
        let hasBody = head.isTunnel || (forwarding.framing ?? head.framing).hasBody
        return sendResponse(handle, hasBody: hasBody)
    }

    /// Sends a response of our own, written by `head`.
    @discardableResult
    public mutating func sendResponse(
        _ handle: StreamHandle, hasBody: Bool, writing head: (inout FieldBlock) -> Void
    ) -> Response {
        head(&scratch)
        return sendResponse(handle, hasBody: hasBody)
    }

    private mutating func sendResponse(_ handle: StreamHandle, hasBody: Bool) -> Response {
        guard takesHead(handle) else { return .ended }
        guard peerTakesHead else { return .tooLarge }
        streams[handle.slot].flags.formUnion(hasBody ? .headSent : [.headSent, .finished])
        let library = unsafe library
        let code = unsafe Self.with(scratch) { fields, count in
            guard hasBody else { return unsafe nghttp2_submit_response(library, handle.id, fields, count, nil) }
            var body = unsafe LibraryCallbacks.bodyProvider(handle.slot)
            return unsafe nghttp2_submit_response(library, handle.id, fields, count, &body)
        }
        return code == 0 ? .sent : .ended
    }

    private mutating func sendInterim(_ handle: StreamHandle) -> Response {
        guard takesHead(handle) else { return .ended }
        guard peerTakesHead else { return .tooLarge }
        let library = unsafe library
        let code = unsafe Self.with(scratch) { fields, count in
            unsafe nghttp2_submit_headers(library, 0, handle.id, nil, fields, count, nil)
        }
        return code == 0 ? .sent : .ended
    }

    /// Hands the lines of a block to nghttp2, which copies them and lowers the names.
    /// - Parameter indexesNames: names whose values are not worth it get into HPACK's table this time, with their value.
    static func with(
        _ block: borrowing FieldBlock, indexesNames: Bool = false,
        _ submit: (UnsafePointer<nghttp2_nv>?, Int) -> Int32
    ) -> Int32 {
        let count = block.lines.count
        return unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: count) { fields in
            unsafe block.bytes.withUnsafeBytes { bytes in
                guard let base = unsafe bytes.bindMemory(to: UInt8.self).baseAddress else {
                    return LibraryCallbacks.failure
                }
                let start = unsafe UnsafeMutablePointer(mutating: base)
                for index in 0..<count {
                    let line = block.lines[index]
                    let flag =
                        switch line.indexing {
                        case .all: NGHTTP2_NV_FLAG_NONE
                        case .name: indexesNames ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX
                        case .never: NGHTTP2_NV_FLAG_NO_INDEX
                        }
                    unsafe fields.initializeElement(
                        at: index,
                        to: nghttp2_nv(
                            name: start + line.name.lowerBound, value: start + line.value.lowerBound,
                            namelen: Int(line.name.count), valuelen: Int(line.value.count),
                            flags: UInt8(flag.rawValue)))
                }
                return unsafe submit(UnsafePointer(fields.baseAddress), count)
            }
        }
    }

    private mutating func takesHead(_ handle: StreamHandle) -> Bool {
        isOpen(handle) && !streams[handle.slot].flags.contains(.headSent)
    }

    /// Whether the head in `scratch` is one that the peer takes, where that is heeded.
    private var peerTakesHead: Bool {
        mutating get {
            guard limits.heedsPeerHeads else { return true }
            return scratch.isAtMost(peerHeadBytes, lineBytes: Self.fieldBytesMax)
        }
    }

    /// What nghttp2 decodes at the most (its `NGHTTP2_HD_MAX_NV`); a longer name or value ends the connection.
    private static let fieldBytesMax = 65_536

    mutating func isOpen(_ handle: StreamHandle) -> Bool {
        failure == nil && streams.holds(handle)
            && streams[handle.slot].flags.isDisjoint(with: [.closed, .locallyReset])
    }
}
