import Configuration
import EventLoop
import HTTP
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
    /// Whether a target that names another authority than Host is refused.
    let refusesHostMismatch: Bool
    private let viaInbound: [UInt8]
    private let viaOutbound: [UInt8]
    let connectPorts: [UInt16]
    let http: HTTPLimits
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
        refusesHostMismatch = configuration.forwarding.strictHostMismatch
        viaInbound = Self.pseudonym(.inbound, configuration.name)
        viaOutbound = Self.pseudonym(.outbound, configuration.name)
        connectPorts = configuration.forwarding.connectPorts
        var http = HTTPLimits()
        http.headBytes = configuration.limits.headBytes
        http.fields = configuration.limits.headFields
        http.startLineBytes = configuration.limits.targetBytes
        self.http = http
        sampler = Sampler(
            rate: configuration.tracing.samplingRate, keepsErrors: configuration.tracing.keepErrors)
        recordsSpans = configuration.tracing.collector != nil
        precedence = configuration.tracing.propagation.first == .w3c ? .w3cFirst : .b3First
        accessLog = configuration.accessLog.format
    }

    /// What a side of this proxy calls itself in Via, by which it finds its own loops. The sides have names of their
    /// own: a service that calls itself, or its replica, passes both.
    func viaPseudonym(_ direction: Direction) -> [UInt8] {
        switch direction {
        case .inbound: viaInbound
        case .outbound: viaOutbound
        }
    }

    /// A token (RFC 9110 §5.6.2), whatever the service is called.
    private static func pseudonym(_ direction: Direction, _ service: String) -> [UInt8] {
        let name = service.utf8.map { byte -> UInt8 in
            let isLetterOrDigit = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
            return isLetterOrDigit || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") ? byte : UInt8(ascii: "-")
        }
        return Array("martlet-\(direction.rawValue)-".utf8) + name
    }
}
