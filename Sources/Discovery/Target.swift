package import Configuration
package import Routing

/// A service with its resolved endpoints and routes, as one directory version knows it.
///
/// A class only so that an exchange holds it by one reference count; it never changes.
package final class Target: Sendable {
    /// The same in every version for the same name, never reused for another.
    package let id: TargetID
    /// As configured: `dst_service` in metrics.
    package let name: String
    package let endpoints: [Endpoint]
    package let routes: RouteTable
    /// The SPIFFE ID of the workload behind the endpoints; nil where they are outside of the mesh.
    package let identity: String?

    init(id: TargetID, name: String, endpoints: [Endpoint], routes: RouteTable, identity: String?) {
        self.id = id
        self.name = name
        self.endpoints = endpoints
        self.routes = routes
        self.identity = identity
    }
}

package struct TargetID: Hashable, Sendable {
    package let rawValue: UInt32
}

extension Target {
    /// An address that connections are on their way to which no target of the configuration has.
    package convenience init(passingThrough name: String) {
        self.init(
            id: TargetID(rawValue: .max), name: name, endpoints: [], routes: RouteTable([]), identity: nil)
    }
}

/// One address that a target answers on.
package struct Endpoint: Hashable, Sendable {
    /// The same in every version for the same target and address, never reused for another.
    package let id: EndpointID
    /// Always an IP literal.
    package let address: HostPort
    /// What the configuration said, when that was a name.
    package let configured: HostPort
}

package struct EndpointID: Hashable, Sendable {
    package let rawValue: UInt32
}
