/// The field names that some component treats specially; every other name is `.other`.
///
/// Recognised once, when a head is parsed, so that nothing later compares names.
public enum FieldName: UInt8, CaseIterable, Sendable {
    case other
    case connection, keepAlive, proxyConnection, te
    case trailer, transferEncoding, upgrade, contentLength
    case host, expect, via, date
    case contentType, contentEncoding, accept, acceptEncoding
    case authorization, proxyAuthorization, userAgent, traceparent
    case tracestate, baggage, b3, xB3TraceID
    case xB3SpanID, xB3ParentSpanID, xB3Sampled, xB3Flags
    case xRequestID, xForwardedFor, xForwardedProto, xForwardedHost
    case forwarded, maxForwards, martletReason, martletClientID, martletOriginalProtocol, setCookie
    case cookie, retryAfter, server, http2Settings
    case secWebSocketKey, secWebSocketAccept, secWebSocketProtocol, secWebSocketVersion
    case secWebSocketExtensions, grpcStatus, grpcMessage, grpcTimeout
    case grpcEncoding, grpcAcceptEncoding, grpcStatusDetailsBin, grpcRetryPushbackMilliseconds
    case serverTiming, reprDigest, digest, etag
    case location, proxyAuthenticate, wwwAuthenticate, range

    /// The name in lower case; empty for `.other`.
    public var text: StaticString {
        switch self {
        case .other: ""
        case .connection: "connection"
        case .keepAlive: "keep-alive"
        case .proxyConnection: "proxy-connection"
        case .te: "te"
        case .trailer: "trailer"
        case .transferEncoding: "transfer-encoding"
        case .upgrade: "upgrade"
        case .contentLength: "content-length"
        case .host: "host"
        case .expect: "expect"
        case .via: "via"
        case .date: "date"
        case .contentType: "content-type"
        case .contentEncoding: "content-encoding"
        case .accept: "accept"
        case .acceptEncoding: "accept-encoding"
        case .authorization: "authorization"
        case .proxyAuthorization: "proxy-authorization"
        case .userAgent: "user-agent"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .baggage: "baggage"
        case .b3: "b3"
        case .xB3TraceID: "x-b3-traceid"
        case .xB3SpanID: "x-b3-spanid"
        case .xB3ParentSpanID: "x-b3-parentspanid"
        case .xB3Sampled: "x-b3-sampled"
        case .xB3Flags: "x-b3-flags"
        case .xRequestID: "x-request-id"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .xForwardedHost: "x-forwarded-host"
        case .forwarded: "forwarded"
        case .maxForwards: "max-forwards"
        case .martletReason: "martlet-reason"
        case .martletClientID: "martlet-client-id"
        case .martletOriginalProtocol: "martlet-orig-proto"
        case .setCookie: "set-cookie"
        case .cookie: "cookie"
        case .retryAfter: "retry-after"
        case .server: "server"
        case .http2Settings: "http2-settings"
        case .secWebSocketKey: "sec-websocket-key"
        case .secWebSocketAccept: "sec-websocket-accept"
        case .secWebSocketProtocol: "sec-websocket-protocol"
        case .secWebSocketVersion: "sec-websocket-version"
        case .secWebSocketExtensions: "sec-websocket-extensions"
        case .grpcStatus: "grpc-status"
        case .grpcMessage: "grpc-message"
        case .grpcTimeout: "grpc-timeout"
        case .grpcEncoding: "grpc-encoding"
        case .grpcAcceptEncoding: "grpc-accept-encoding"
        case .grpcStatusDetailsBin: "grpc-status-details-bin"
        case .grpcRetryPushbackMilliseconds: "grpc-retry-pushback-ms"
        case .serverTiming: "server-timing"
        case .reprDigest: "repr-digest"
        case .digest: "digest"
        case .etag: "etag"
        case .location: "location"
        case .proxyAuthenticate: "proxy-authenticate"
        case .wwwAuthenticate: "www-authenticate"
        case .range: "range"
        }
    }

    public init(_ name: RawSpan) { self = FieldNameTable.shared.token(in: name, at: 0, count: name.byteCount) }
}
