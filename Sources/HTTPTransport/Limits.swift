import EventLoop
import HTTP
import HTTP2

/// Bounds of a server; each has a default that suits endpoints for operators and machines beside them.
package struct HTTPServerLimits: Sendable {
    /// Request line and fields together; beyond it 431.
    package var headBytesMax = 16_384
    /// Beyond it 413, before the body is read where its length is announced.
    package var bodyBytesMax = 1 << 20
    /// Bytes that an HTTP/2 body may have on top of that, for a protocol that puts a prefix before its message.
    package var messagePrefixBytes = 0
    /// Bytes of all bodies that are being received; beyond it 503. A body that arrives at once does not count.
    package var bodiesBytesMax = 256 << 20
    /// Open connections; beyond it a new one is closed at once and counted.
    package var connectionsMax = 1024
    /// From the first byte of a head to its last; beyond it 408.
    package var headTimeout = Duration.seconds(10)
    /// From the end of a head to the end of its body; beyond it 408.
    package var bodyTimeout = Duration.seconds(60)
    /// How long a connection may stay without a request.
    package var idleTimeout = Duration.seconds(60)
    /// How long a client may take nothing of a response.
    package var writeTimeout = Duration.seconds(30)
    /// How long a refused client may go on sending before it is cut off; it reads the refusal meanwhile.
    package var lingerTimeout = Duration.seconds(2)
    /// Requests of one HTTP/2 connection that are being received or answered at once; RFC 9113 §6.5.2 advises 100.
    package var streamsMax = 100
    /// Bytes that one HTTP/2 stream may be ahead of us, and all of a connection. We take what comes at once, so this is what
    /// one round trip can carry, not what is held: that is `bodiesBytesMax`.
    package var streamWindowBytes: Int32 = 256 << 10
    package var connectionWindowBytes: Int32 = 1 << 20
    /// How long the end of an HTTP/2 connection waits for the client to learn of it (RFC 9113 §6.8).
    package var drainTimeout = Duration.seconds(1)

    package init(bodyBytesMax: Int = 1 << 20, connectionsMax: Int = 1024) {
        self.bodyBytesMax = bodyBytesMax
        self.connectionsMax = connectionsMax
    }

    var codec: HTTPLimits {
        var codec = HTTPLimits()
        codec.headBytes = headBytesMax
        codec.startLineBytes = min(codec.startLineBytes, headBytesMax)
        return codec
    }

    package var http2BodyBytesMax: Int { bodyBytesMax + messagePrefixBytes }

    var http2: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.concurrentStreams = streamsMax
        limits.lingeringStreams = streamsMax
        limits.streamWindowBytes = streamWindowBytes
        limits.connectionWindowBytes = connectionWindowBytes
        limits.limitHeads(to: codec, within: headTimeout.nanoseconds)
        limits.stallNanoseconds = writeTimeout.nanoseconds
        return limits
    }
}

/// Bounds of a client.
package struct HTTPClientLimits: Sendable {
    /// Beyond it the request fails with `responseTooLarge`.
    package var bodyBytesMax = 64 << 20
    /// Idle connections kept per address; more are closed.
    package var idlePerAddressMax = 8
    /// Idle connections kept in all.
    package var idleMax = 64
    /// An idle connection older than this is not used again; below the 60 s after which our servers close theirs.
    package var idleTimeout = Duration.seconds(30)
    /// How long a server may take nothing of what an HTTP/2 connection has to send.
    package var writeTimeout = Duration.seconds(30)

    package init() {}

    var http2: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.streamWindowBytes = 256 << 10
        return limits
    }
}

/// Bytes read from a socket at once.
let readBytesMin = 16_384
/// Bytes that one write to an HTTP/2 socket gathers.
let sessionOutputBytes = 65_536
