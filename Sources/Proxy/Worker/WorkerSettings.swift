import Configuration
import EventLoop
import HTTP
import HTTP2
import Tracing

/// The settings that the data path reads per request, in the form in which it needs them. Immutable; a reload makes a
/// new one.
final class WorkerSettings: Sendable {
    let service: String
    let connectNanoseconds: UInt64
    let headNanoseconds: UInt64
    let idleNanoseconds: UInt64
    /// 0: no limit.
    let requestNanoseconds: UInt64
    /// 0: no limit.
    let responseNanoseconds: UInt64
    let bodyIdleNanoseconds: UInt64
    /// 0: no limit.
    let bodyBytesMax: UInt64
    let pool: PoolLimits
    /// Requests that may wait for a connection to an upstream at once.
    let pendingMax: Int
    let addsVia: Bool
    /// Whether this proxy has, or will have, an identity.
    let hasIdentity: Bool
    /// Whether inbound requests are taken over mutual TLS only.
    let requiresTLS: Bool
    /// A target that names another authority than Host is refused; otherwise the target wins (conformance L10).
    let refusesHostMismatch: Bool
    private let inboundPseudonym: [UInt8]
    private let outboundPseudonym: [UInt8]
    let connectPorts: [UInt16]
    /// Whether the packet filter redirects connections here.
    let isTransparent: Bool
    let opaquePorts: Set<UInt16>
    /// Where the workload listens, as far as the configuration says.
    let workloadPort: UInt16
    let inboundProtocol: ProxyConfiguration.InboundProtocol
    let detectNanoseconds: UInt64
    let recordsTCPSpans: Bool
    /// 0: no limit.
    let tcpIdleNanoseconds: UInt64
    /// 0: the kernel does not ask.
    let tcpKeepAliveSeconds: Int32
    let http: HTTPLimits
    private let http2: HTTP2Limits
    private let http2OfMesh: HTTP2Limits
    let sampler: Sampler
    let recordsSpans: Bool
    let precedence: PropagationPrecedence
    let accessLog: ProxyConfiguration.AccessLogFormat

    init(_ configuration: ProxyConfiguration) {
        let timeouts = configuration.timeouts
        service = configuration.name
        connectNanoseconds = timeouts.connect.nanoseconds
        headNanoseconds = timeouts.head.nanoseconds
        idleNanoseconds = timeouts.idle.nanoseconds
        requestNanoseconds = timeouts.request.nanoseconds
        responseNanoseconds = timeouts.response.nanoseconds
        bodyIdleNanoseconds = timeouts.bodyIdle.nanoseconds
        bodyBytesMax = UInt64(configuration.limits.bodyBytes)
        pool = PoolLimits(
            idlePerEndpointMax: configuration.limits.poolIdlePerEndpoint,
            idleNanosecondsMax: timeouts.idle.nanoseconds / 2)
        pendingMax = configuration.limits.pendingMax
        addsVia = configuration.forwarding.via
        hasIdentity = configuration.identity.isGiven
        requiresTLS = configuration.inbound?.tls == .required
        refusesHostMismatch = configuration.forwarding.strictHostMismatch
        inboundPseudonym = Self.pseudonym(configuration.name, .inbound)
        outboundPseudonym = Self.pseudonym(configuration.name, .outbound)
        connectPorts = configuration.forwarding.connectPorts
        isTransparent = configuration.transparent
        opaquePorts = Set(configuration.tcp.opaquePorts)
        workloadPort = configuration.inbound?.forward.port ?? 0
        inboundProtocol = configuration.inbound?.protocol ?? (configuration.transparent ? .detect : .http)
        detectNanoseconds = configuration.tcp.detect.nanoseconds
        recordsTCPSpans = configuration.tcp.spans
        tcpIdleNanoseconds = configuration.tcp.idle.nanoseconds
        tcpKeepAliveSeconds = Int32(configuration.tcp.keepAlive.nanoseconds / 1_000_000_000)
        var http = HTTPLimits()
        http.headBytes = configuration.limits.headBytes
        http.fields = configuration.limits.headFields
        http.startLineBytes = configuration.limits.targetBytes
        self.http = http
        http2 = Self.http2(HTTP2Limits(), heads: http, timeouts.head)
        // As much as another proxy takes from its client, and what that one adds.
        http.headBytes += Limits.addedHeadBytes + 32 * http.fields
        http.fields += Limits.addedFields
        http2OfMesh = Self.http2(.meshPeer, heads: http, timeouts.head)
        sampler = Sampler(
            rate: configuration.tracing.samplingRate, keepsErrors: configuration.tracing.keepErrors)
        recordsSpans = configuration.tracing.collector != nil
        precedence = configuration.tracing.propagation.first == .w3c ? .w3cFirst : .b3First
        accessLog = configuration.accessLog.format
    }

    func http2(isOfMesh: Bool) -> HTTP2Limits { isOfMesh ? http2OfMesh : http2 }

    private static func http2(_ base: HTTP2Limits, heads: HTTPLimits, _ headTime: Duration) -> HTTP2Limits {
        var limits = base
        limits.limitHeads(to: heads, within: headTime.nanoseconds)
        return limits
    }

    /// What this side of this proxy calls itself in Via, by which it finds its own loops (RFC 9110 §7.6.3).
    ///
    /// The two sides differ, because a service that forwards headers, such as a gateway, sends to the outbound side what
    /// came from the inbound one. So do replicas of one service, because they may call each other.
    func pseudonym(_ direction: Direction) -> [UInt8] {
        switch direction {
        case .inbound: inboundPseudonym
        case .outbound: outboundPseudonym
        }
    }

    /// A token: a name may hold more than that.
    private static func pseudonym(_ name: String, _ direction: Direction) -> [UInt8] {
        let word = name.unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                ? Character(scalar) : "-"
        }
        return Array("martlet-\(String(word))-\(direction.rawValue)-\(instance)".utf8)
    }

    /// Tells this process from every other one.
    private static let instance = String(UInt64.random(in: .min ... .max), radix: 36)
}
