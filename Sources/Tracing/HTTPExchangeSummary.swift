/// What a proxy knows of a finished exchange, as far as a span tells it. Text comes as received; `SemanticConventions`
/// decides what of it may be shown.
public struct HTTPExchangeSummary: Hashable, Sendable {
    public enum Direction: String, Hashable, Sendable {
        /// Towards the service that the proxy stands beside: a SERVER span.
        case inbound
        /// From it, one for each attempt: a CLIENT span.
        case outbound
    }

    /// Whose doing a failure was.
    public enum Fault: Hashable, Sendable {
        /// The upstream's or the proxy's.
        case server
        /// The caller went away or sent something wrong; its own trace will say so.
        case caller
    }

    public var direction: Direction
    public var method: String
    /// Without the query.
    public var path: String
    public var query: String?
    /// The Host field or the authority, `name`, `name:port` or `[address]:port`.
    public var host: String?
    public var scheme: String
    /// `nil` when no final response head was sent or received.
    public var status: Int?
    /// The matched path template; must have few values, since it names the span.
    public var routeTemplate: String?
    /// The route's name in the configuration.
    public var routeName: String?
    /// The service that an outbound request was for.
    public var destinationService: String?
    /// The other end of the connection: the caller inbound, the endpoint outbound.
    public var peerAddress: String?
    public var peerPort: Int?
    /// The SPIFFE ID that the other end's certificate proved; nil without mutual TLS.
    public var peerID: String?
    /// The first caller, where a trusted header named it.
    public var clientAddress: String?
    /// "1.0", "1.1" or "2".
    public var protocolVersion: String
    /// How a gRPC call ended; nil for what is none.
    public var call: RPCSummary?
    public var userAgent: String?
    /// The closed-enum word for a failure that the proxy made or saw.
    public var reason: String?
    public var fault = Fault.server
    /// Attempts before this one.
    public var resendCount = 0

    /// The status of a gRPC call.
    public struct RPCSummary: Hashable, Sendable {
        /// As in `DEADLINE_EXCEEDED`.
        public var status: String
        /// One that the conventions count as the server's own failure.
        public var isServerFailure: Bool

        public init(status: String, isServerFailure: Bool) {
            self.status = status
            self.isServerFailure = isServerFailure
        }
    }

    public init(direction: Direction, method: String, path: String, scheme: String = "http", protocolVersion: String) {
        self.direction = direction
        self.method = method
        self.path = path
        self.scheme = scheme
        self.protocolVersion = protocolVersion
    }
}
