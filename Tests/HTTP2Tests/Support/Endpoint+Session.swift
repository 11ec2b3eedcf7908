import Bytes
import HTTP
import HTTP2

/// What a test asks of the session itself. `#expect` copies what stands before a dot, and a session cannot be copied.
extension Endpoint {
    var failure: HTTP2Failure? { session.failure }
    var counters: HTTP2Counters { session.counters }
    var limits: HTTP2Limits { session.limits }
    var isOver: Bool { session.isOver }
    var nextDeadline: UInt64? { session.nextDeadline }
    var wantsToSend: Bool { session.wantsToSend }
    var canSendRequest: Bool { session.canSendRequest }
    var peerAcceptsExtendedConnect: Bool { session.peerAcceptsExtendedConnect }
    var streamCount: Int { session.streamCount }

    func isBlocked(_ handle: StreamHandle) -> Bool { session.isBlocked(handle) }
    func pendingBytes(_ handle: StreamHandle) -> Int { session.pendingBytes(handle) }
    func consumed(_ handle: StreamHandle, _ byteCount: Int) { session.consumed(handle, byteCount) }
    func reset(_ handle: StreamHandle, _ code: HTTP2ErrorCode) { session.reset(handle, code) }
    func release(_ handle: StreamHandle) { session.release(handle) }

    @discardableResult
    func write(_ handle: StreamHandle, from buffer: inout ByteBuffer) -> Bool {
        let byteCount = buffer.count
        return session.write(handle, from: &buffer, pendingMax: .max) == .taken(byteCount: byteCount)
    }

    @discardableResult
    func finish(_ handle: StreamHandle) -> Bool { session.finish(handle) }

    @discardableResult
    func finish(
        _ handle: StreamHandle, trailers: FieldList, in bytes: RawSpan,
        additional: (inout FieldBlock) -> Void = { _ in }
    ) -> Bool {
        session.finish(handle, trailers: trailers, in: bytes, additional: additional)
    }

    @discardableResult
    func finish(_ handle: StreamHandle, writing trailers: (inout FieldBlock) -> Void) -> Bool {
        session.finish(handle, writing: trailers)
    }
}
