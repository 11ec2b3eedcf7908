public import HTTP

/// Names one stream of one session for as long as its owner keeps it. A handle that outlived its stream is harmless:
/// what is done with it does nothing.
public struct StreamHandle: Hashable, Sendable {
    /// The number on the wire; 0 for a request that was not sent yet.
    public let id: Int32
    /// Small, and free again after `release`: an index for what the owner keeps beside the stream.
    public let slot: Int32
}

/// Where `receive` put a head or trailers; valid until the next `receive`.
public struct HeadSlot: Hashable, Sendable {
    let index: Int
}

/// How a stream ended; exactly one per stream that the owner has seen.
public enum StreamEnd: Equatable, Sendable {
    /// Both sides said everything.
    case complete
    /// The peer reset it.
    case reset(HTTP2ErrorCode)
    /// We did, by `reset`.
    case cancelled(HTTP2ErrorCode)
    /// What the peer sent was no HTTP message.
    case malformed(HTTPError)
    /// What the peer sent broke the protocol, or the message's own length; we reset it.
    case invalid(HTTP2ErrorCode)
    /// The peer went away before it looked at it: safe to send again elsewhere.
    case refused
    /// Its data did not move.
    case stalled
    /// The connection ended first.
    case connectionEnded
}

/// Why a connection is over before its streams were.
public enum HTTP2Failure: Equatable, Sendable {
    case violation(HTTP2Violation)
    /// The peer broke the protocol; this is what our GOAWAY says.
    case protocolError(HTTP2ErrorCode)
    /// What came is no HTTP/2 at all.
    case badPreface
    /// The library could not go on.
    case library(Int32)
}

/// What became of received or sent bytes, in order.
public enum HTTP2Event: Equatable, Sendable {
    /// A request; read it by `takeRequest`. Whether a body follows is in its framing.
    case request(StreamHandle, HeadSlot)
    /// A request that is none: answer with the error's status, or reset it.
    case requestRefused(StreamHandle, HTTPError)
    /// 1xx; others follow.
    case interim(StreamHandle, HeadSlot)
    case response(StreamHandle, HeadSlot)
    /// Body bytes, at this range of what was handed to `receive`. They are owed a `consumed`.
    case data(StreamHandle, ByteRange)
    case trailers(StreamHandle, HeadSlot)
    /// The peer said everything on this stream.
    case end(StreamHandle)
    /// The unsent body fell below the mark, after a `write` that found it full.
    case drained(StreamHandle)
    case closed(StreamHandle, StreamEnd)
    /// The peer takes no streams of ours above `last`.
    case goAway(last: Int32, HTTP2ErrorCode)
    /// The peer's settings changed.
    case settings
    /// The answer to `ping`.
    case pingAcknowledged(UInt64)
    /// Send what `send` still gives, then close. `closed` follows for every stream.
    case failed(HTTP2Failure)

    /// The stream that it is of; nil where it is of the connection.
    public var handle: StreamHandle? {
        switch self {
        case .request(let handle, _), .requestRefused(let handle, _), .interim(let handle, _), .response(let handle, _),
            .data(let handle, _), .trailers(let handle, _), .end(let handle), .drained(let handle),
            .closed(let handle, _):
            handle
        case .goAway, .settings, .pingAcknowledged, .failed: nil
        }
    }
}
