/// A set of field names as one word. `.other` stands for every name that is not special.
package struct FieldNameSet: OptionSet, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package init(_ name: FieldName) { rawValue = 1 &<< UInt64(name.rawValue) }

    @inline(__always)
    package func contains(_ name: FieldName) -> Bool { (rawValue &>> UInt64(name.rawValue)) & 1 != 0 }
    package mutating func insert(_ name: FieldName) { self = union(FieldNameSet(name)) }

    package static let other = FieldNameSet(.other)
    package static let connection = FieldNameSet(.connection)
    package static let keepAlive = FieldNameSet(.keepAlive)
    package static let proxyConnection = FieldNameSet(.proxyConnection)
    package static let te = FieldNameSet(.te)
    package static let trailer = FieldNameSet(.trailer)
    package static let transferEncoding = FieldNameSet(.transferEncoding)
    package static let upgrade = FieldNameSet(.upgrade)
    package static let contentLength = FieldNameSet(.contentLength)
    package static let host = FieldNameSet(.host)
    package static let expect = FieldNameSet(.expect)
    package static let via = FieldNameSet(.via)
    package static let date = FieldNameSet(.date)
    package static let contentType = FieldNameSet(.contentType)
    package static let contentEncoding = FieldNameSet(.contentEncoding)
    package static let accept = FieldNameSet(.accept)
    package static let acceptEncoding = FieldNameSet(.acceptEncoding)
    package static let authorization = FieldNameSet(.authorization)
    package static let proxyAuthorization = FieldNameSet(.proxyAuthorization)
    package static let userAgent = FieldNameSet(.userAgent)
    package static let traceparent = FieldNameSet(.traceparent)
    package static let tracestate = FieldNameSet(.tracestate)
    package static let baggage = FieldNameSet(.baggage)
    package static let b3 = FieldNameSet(.b3)
    package static let xB3TraceID = FieldNameSet(.xB3TraceID)
    package static let xB3SpanID = FieldNameSet(.xB3SpanID)
    package static let xB3ParentSpanID = FieldNameSet(.xB3ParentSpanID)
    package static let xB3Sampled = FieldNameSet(.xB3Sampled)
    package static let xB3Flags = FieldNameSet(.xB3Flags)
    package static let xRequestID = FieldNameSet(.xRequestID)
    package static let xForwardedFor = FieldNameSet(.xForwardedFor)
    package static let xForwardedProto = FieldNameSet(.xForwardedProto)
    package static let xForwardedHost = FieldNameSet(.xForwardedHost)
    package static let forwarded = FieldNameSet(.forwarded)
    package static let maxForwards = FieldNameSet(.maxForwards)
    package static let martletReason = FieldNameSet(.martletReason)
    package static let martletClientID = FieldNameSet(.martletClientID)
    package static let martletOriginalProtocol = FieldNameSet(.martletOriginalProtocol)
    package static let setCookie = FieldNameSet(.setCookie)
    package static let cookie = FieldNameSet(.cookie)
    package static let retryAfter = FieldNameSet(.retryAfter)
    package static let server = FieldNameSet(.server)
    package static let http2Settings = FieldNameSet(.http2Settings)
    package static let secWebSocketKey = FieldNameSet(.secWebSocketKey)
    package static let secWebSocketAccept = FieldNameSet(.secWebSocketAccept)
    package static let secWebSocketProtocol = FieldNameSet(.secWebSocketProtocol)
    package static let secWebSocketVersion = FieldNameSet(.secWebSocketVersion)
    package static let secWebSocketExtensions = FieldNameSet(.secWebSocketExtensions)
    package static let grpcStatus = FieldNameSet(.grpcStatus)
    package static let grpcMessage = FieldNameSet(.grpcMessage)
    package static let grpcTimeout = FieldNameSet(.grpcTimeout)
    package static let grpcEncoding = FieldNameSet(.grpcEncoding)
    package static let grpcAcceptEncoding = FieldNameSet(.grpcAcceptEncoding)
    package static let grpcStatusDetailsBin = FieldNameSet(.grpcStatusDetailsBin)
    package static let grpcRetryPushbackMilliseconds = FieldNameSet(.grpcRetryPushbackMilliseconds)
    package static let serverTiming = FieldNameSet(.serverTiming)
    package static let reprDigest = FieldNameSet(.reprDigest)
    package static let digest = FieldNameSet(.digest)
    package static let etag = FieldNameSet(.etag)
    package static let location = FieldNameSet(.location)
    package static let proxyAuthenticate = FieldNameSet(.proxyAuthenticate)
    package static let wwwAuthenticate = FieldNameSet(.wwwAuthenticate)
    package static let range = FieldNameSet(.range)
}

extension FieldNameSet {
    /// Never forwarded as received: each describes one connection or the framing on it, and is written anew
    /// (RFC 9110 §7.6.1, RFC 9112 §6).
    static let regenerated: FieldNameSet = [
        .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade, .contentLength, .host, .expect,
        .http2Settings,
    ]

    /// Says something about one connection, which in HTTP/2 frames do: a message with one of them is malformed (RFC 9113
    /// §8.2.2). `TE` may stand there with the value `trailers`.
    static let connectionSpecific: FieldNameSet = [
        .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade,
    ]

    /// Would change the framing or the meaning of a message that has been passed on already.
    static let forbiddenInTrailers: FieldNameSet = [
        .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade, .contentLength, .host, .expect,
        .http2Settings, .trailer, .maxForwards, .authorization, .cookie, .setCookie,
    ]

    /// Never indexed by our encoder: secrets, which must not be guessed through the size of what is sent, and values that
    /// differ in every message, which would only drive useful entries out of the table.
    static let neverIndexed: FieldNameSet = [
        .authorization, .proxyAuthorization, .setCookie, .traceparent, .tracestate, .xB3TraceID, .xB3SpanID,
        .xB3ParentSpanID, .b3, .xRequestID, .grpcTimeout, .secWebSocketKey,
    ]

    /// What `Connection` may take away. Any other name with a meaning is end-to-end, and a sender that nominates it
    /// is after a check behind us.
    static let nominable: FieldNameSet = [
        .other, .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade, .http2Settings, .proxyAuthenticate,
        .proxyAuthorization,
    ]

    /// A nomination of these could only change where the message ends.
    static let framing: FieldNameSet = [.contentLength, .transferEncoding]

    /// Names whose `_` spelling is dropped: a CGI-style back end reads `Transfer_Encoding` as `Transfer-Encoding`.
    static let guardedAgainstUnderscore: FieldNameSet = [
        .connection, .keepAlive, .proxyConnection, .transferEncoding, .contentLength, .proxyAuthorization,
        .proxyAuthenticate, .wwwAuthenticate, .xForwardedFor, .xForwardedProto, .xForwardedHost, .maxForwards,
        .martletReason, .martletClientID, .setCookie, .http2Settings, .secWebSocketKey, .secWebSocketAccept,
        .secWebSocketProtocol,
        .secWebSocketVersion, .secWebSocketExtensions, .grpcStatus, .grpcMessage, .grpcTimeout, .grpcEncoding,
        .grpcAcceptEncoding, .contentType, .contentEncoding,
    ]

    /// Trailer fields that no recipient can mistake for framing, routing, identity or caching.
    package static let usualTrailers: FieldNameSet = [
        .grpcStatus, .grpcMessage, .grpcStatusDetailsBin, .grpcRetryPushbackMilliseconds, .serverTiming, .digest,
        .reprDigest, .etag,
    ]
}
