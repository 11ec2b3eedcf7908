/// The attribute names that this process writes: OpenTelemetry semantic conventions 1.44 and our own. A closed set keeps
/// records small, and its names are literals that the encoder need not copy.
public enum AttributeKey: UInt8, CaseIterable, Sendable {
    case httpRequestMethod
    case httpRequestMethodOriginal
    case httpRequestResendCount
    case httpResponseStatusCode
    case httpRoute
    case urlFull
    case urlPath
    case urlQuery
    case urlScheme
    case serverAddress
    case serverPort
    case clientAddress
    case networkPeerAddress
    case networkPeerPort
    case networkProtocolName
    case networkProtocolVersion
    case userAgentOriginal
    case errorType
    case servicePeerName
    case rpcSystemName
    case rpcMethod
    case rpcResponseStatusCode

    case martletDirection
    case martletPeerID
    case martletReason
    case martletRoute
    /// Why a span of an unsampled trace was recorded all the same: `error`.
    case martletSamplingKept

    case serviceName
    case serviceInstanceID
    case serviceVersion
    case telemetrySDKName
    case telemetrySDKLanguage
    case telemetrySDKVersion

    /// Bytes that a name may have; a test holds the names to it.
    static let longestName = 32

    /// The name on the wire.
    public var name: StaticString {
        switch self {
        case .httpRequestMethod: "http.request.method"
        case .httpRequestMethodOriginal: "http.request.method_original"
        case .httpRequestResendCount: "http.request.resend_count"
        case .httpResponseStatusCode: "http.response.status_code"
        case .httpRoute: "http.route"
        case .urlFull: "url.full"
        case .urlPath: "url.path"
        case .urlQuery: "url.query"
        case .urlScheme: "url.scheme"
        case .serverAddress: "server.address"
        case .serverPort: "server.port"
        case .clientAddress: "client.address"
        case .networkPeerAddress: "network.peer.address"
        case .networkPeerPort: "network.peer.port"
        case .networkProtocolName: "network.protocol.name"
        case .networkProtocolVersion: "network.protocol.version"
        case .userAgentOriginal: "user_agent.original"
        case .errorType: "error.type"
        case .servicePeerName: "service.peer.name"
        case .rpcSystemName: "rpc.system.name"
        case .rpcMethod: "rpc.method"
        case .rpcResponseStatusCode: "rpc.response.status_code"
        case .martletDirection: "martlet.direction"
        case .martletPeerID: "martlet.peer.id"
        case .martletReason: "martlet.reason"
        case .martletRoute: "martlet.route"
        case .martletSamplingKept: "martlet.sampling.kept"
        case .serviceName: "service.name"
        case .serviceInstanceID: "service.instance.id"
        case .serviceVersion: "service.version"
        case .telemetrySDKName: "telemetry.sdk.name"
        case .telemetrySDKLanguage: "telemetry.sdk.language"
        case .telemetrySDKVersion: "telemetry.sdk.version"
        }
    }
}
