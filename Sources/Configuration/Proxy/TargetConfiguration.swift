/// A service that the workload calls: a name that requests carry as Host, and where it answers.
package struct TargetConfiguration: Equatable, Sendable {
    /// `cart`, `cart.shop`, or `cart:8080` when only that port is meant.
    package var name = ""
    package var endpoints: [HostPort] = []
    package var routes: [RouteConfiguration] = []
    /// The SPIFFE ID of the workload behind the endpoints, which is then called by mutual TLS; nil for one outside of the
    /// mesh.
    package var identity: String?

    package init() {}

    package init(name: String, endpoints: [HostPort], routes: [RouteConfiguration] = []) {
        self.name = name
        self.endpoints = endpoints
        self.routes = routes
    }
}

/// A named group of requests: the `route` label in metrics and spans.
package struct RouteConfiguration: Equatable, Sendable {
    package var name = ""
    package var match = Match.prefix("/")
    /// Empty: every method.
    package var methods: [String] = []

    package enum Match: Hashable, Sendable {
        case exact(String)
        /// By whole segments: `/api` takes `/api` and `/api/x` but not `/apix`.
        case prefix(String)
    }

    package init() {}

    package init(name: String, match: Match, methods: [String] = []) {
        self.name = name
        self.match = match
        self.methods = methods
    }

    /// The route of a request that no other route takes; a configured route cannot have this name.
    package static let defaultName = "default"
}
