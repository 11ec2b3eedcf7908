/// A set of field names as one word. `.other` stands for every name that is not special.
public struct FieldNameSet: OptionSet, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ name: FieldName) { rawValue = 1 &<< UInt64(name.rawValue) }

    @inline(__always)
    public func contains(_ name: FieldName) -> Bool { (rawValue &>> UInt64(name.rawValue)) & 1 != 0 }
    public mutating func insert(_ name: FieldName) { self = union(FieldNameSet(name)) }

    public static let other = FieldNameSet(.other)
    public static let connection = FieldNameSet(.connection)
    public static let keepAlive = FieldNameSet(.keepAlive)
    public static let proxyConnection = FieldNameSet(.proxyConnection)
    public static let te = FieldNameSet(.te)
    public static let trailer = FieldNameSet(.trailer)
    public static let transferEncoding = FieldNameSet(.transferEncoding)
    public static let upgrade = FieldNameSet(.upgrade)
    public static let contentLength = FieldNameSet(.contentLength)
    public static let host = FieldNameSet(.host)
    public static let expect = FieldNameSet(.expect)
    public static let via = FieldNameSet(.via)
    public static let date = FieldNameSet(.date)
    public static let contentType = FieldNameSet(.contentType)
    public static let contentEncoding = FieldNameSet(.contentEncoding)
    public static let accept = FieldNameSet(.accept)
    public static let acceptEncoding = FieldNameSet(.acceptEncoding)
    public static let authorization = FieldNameSet(.authorization)
    public static let proxyAuthorization = FieldNameSet(.proxyAuthorization)
    public static let userAgent = FieldNameSet(.userAgent)
    public static let traceparent = FieldNameSet(.traceparent)
    public static let tracestate = FieldNameSet(.tracestate)
    public static let baggage = FieldNameSet(.baggage)
    public static let b3 = FieldNameSet(.b3)
    public static let xB3TraceID = FieldNameSet(.xB3TraceID)
    public static let xB3SpanID = FieldNameSet(.xB3SpanID)
    public static let xB3ParentSpanID = FieldNameSet(.xB3ParentSpanID)
    public static let xB3Sampled = FieldNameSet(.xB3Sampled)
    public static let xB3Flags = FieldNameSet(.xB3Flags)
    public static let xRequestID = FieldNameSet(.xRequestID)
    public static let xForwardedFor = FieldNameSet(.xForwardedFor)
    public static let xForwardedProto = FieldNameSet(.xForwardedProto)
    public static let xForwardedHost = FieldNameSet(.xForwardedHost)
    public static let forwarded = FieldNameSet(.forwarded)
    public static let maxForwards = FieldNameSet(.maxForwards)
    public static let martletReason = FieldNameSet(.martletReason)
    public static let martletClientID = FieldNameSet(.martletClientID)
    public static let martletOriginalProtocol = FieldNameSet(.martletOriginalProtocol)
    public static let setCookie = FieldNameSet(.setCookie)
    public static let cookie = FieldNameSet(.cookie)
    public static let retryAfter = FieldNameSet(.retryAfter)
    public static let server = FieldNameSet(.server)
    public static let http2Settings = FieldNameSet(.http2Settings)
    public static let secWebSocketKey = FieldNameSet(.secWebSocketKey)
    public static let secWebSocketAccept = FieldNameSet(.secWebSocketAccept)
    public static let secWebSocketProtocol = FieldNameSet(.secWebSocketProtocol)
    public static let secWebSocketVersion = FieldNameSet(.secWebSocketVersion)
    public static let secWebSocketExtensions = FieldNameSet(.secWebSocketExtensions)
    public static let grpcStatus = FieldNameSet(.grpcStatus)
    public static let grpcMessage = FieldNameSet(.grpcMessage)
    public static let grpcTimeout = FieldNameSet(.grpcTimeout)
    public static let grpcEncoding = FieldNameSet(.grpcEncoding)
    public static let grpcAcceptEncoding = FieldNameSet(.grpcAcceptEncoding)
    public static let grpcStatusDetailsBin = FieldNameSet(.grpcStatusDetailsBin)
    public static let grpcRetryPushbackMilliseconds = FieldNameSet(.grpcRetryPushbackMilliseconds)
    public static let serverTiming = FieldNameSet(.serverTiming)
    public static let reprDigest = FieldNameSet(.reprDigest)
    public static let digest = FieldNameSet(.digest)
    public static let etag = FieldNameSet(.etag)
    public static let location = FieldNameSet(.location)
    public static let proxyAuthenticate = FieldNameSet(.proxyAuthenticate)
    public static let wwwAuthenticate = FieldNameSet(.wwwAuthenticate)
    public static let range = FieldNameSet(.range)
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

    /// Secrets, which must not be guessed through the size of what is sent.
    static let secret: FieldNameSet = [.authorization, .proxyAuthorization, .setCookie, .secWebSocketKey]

    /// Values that differ in every message, which would only drive useful entries out of HPACK's table.
    static let unique: FieldNameSet = [
        .traceparent, .tracestate, .xB3TraceID, .xB3SpanID, .xB3ParentSpanID, .b3, .xRequestID, .grpcTimeout,
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
    public static let usualTrailers: FieldNameSet = [
        .grpcStatus, .grpcMessage, .grpcStatusDetailsBin, .grpcRetryPushbackMilliseconds, .serverTiming, .digest,
        .reprDigest, .etag,
    ]
}
