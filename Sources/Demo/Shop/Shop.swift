/// What a service is asked for, and whom it asks in turn.
package struct Operation: Sendable {
    /// The route of the proxies' metrics.
    package let route: String
    package let method: String
    package let path: String
    /// Made at the same time.
    package let calls: [Call]
}

/// A request from one service to another.
package struct Call: Sendable, Equatable {
    package let service: ServiceName
    package let method: String
    package let path: String
}

/// The shop as data: the services are run from it, and the drill derives from it which spans a trace must have.
package enum Shop {
    package static func operations(of service: ServiceName) -> [Operation] {
        switch service {
        case .web:
            [
                Operation(
                    route: "home", method: "GET", path: "/",
                    calls: [
                        Call(service: .catalog, method: "GET", path: "/products"),
                        Call(service: .cart, method: "GET", path: "/cart/summary"),
                    ]),
                Operation(
                    route: "product", method: "GET", path: "/products/7",
                    calls: [Call(service: .catalog, method: "GET", path: "/products/7")]),
                Operation(
                    route: "cart", method: "GET", path: "/cart",
                    calls: [Call(service: .cart, method: "GET", path: "/cart")]),
                Operation(
                    route: "checkout", method: "POST", path: "/checkout",
                    calls: [Call(service: .checkout, method: "POST", path: "/orders")]),
            ]
        case .catalog:
            [
                Operation(route: "products", method: "GET", path: "/products", calls: []),
                Operation(route: "product", method: "GET", path: "/products/7", calls: []),
            ]
        case .cart:
            [
                Operation(route: "cart", method: "GET", path: "/cart", calls: [stock]),
                Operation(route: "summary", method: "GET", path: "/cart/summary", calls: [stock]),
            ]
        case .checkout:
            [
                Operation(
                    route: "order", method: "POST", path: "/orders",
                    calls: [
                        Call(service: .payment, method: "POST", path: "/charges"),
                        Call(service: .inventory, method: "POST", path: "/reservations"),
                    ])
            ]
        case .payment: [Operation(route: "charge", method: "POST", path: "/charges", calls: [])]
        case .inventory:
            [
                Operation(route: "stock", method: "GET", path: "/stock", calls: []),
                Operation(route: "reserve", method: "POST", path: "/reservations", calls: []),
            ]
        }
    }

    private static let stock = Call(service: .inventory, method: "GET", path: "/stock")

    package static func operation(of service: ServiceName, method: String, path: String) -> Operation? {
        operations(of: service).first { $0.method == method && $0.path == path }
    }

    /// Whom a service calls, in the order of `ServiceName`.
    package static func dependencies(of service: ServiceName) -> [ServiceName] {
        let called = Set(operations(of: service).flatMap(\.calls).map(\.service))
        return ServiceName.allCases.filter(called.contains)
    }

    /// Cart names its dependency by Host alone; the others send absolute-form as `HTTP_PROXY` asks for. Both ways to
    /// reach an outbound proxy are thereby in use.
    package static func addressing(of service: ServiceName) -> Addressing {
        switch service {
        case .cart: .host
        case .web, .catalog, .checkout, .payment, .inventory: .absoluteForm
        }
    }

    package static func latency(of service: ServiceName) -> LatencyDistribution {
        switch service {
        case .web: LatencyDistribution(medianMilliseconds: 2, spread: 0.3)
        case .catalog: LatencyDistribution(medianMilliseconds: 6, spread: 0.5)
        case .cart: LatencyDistribution(medianMilliseconds: 4, spread: 0.4)
        case .checkout: LatencyDistribution(medianMilliseconds: 8, spread: 0.4)
        case .payment: LatencyDistribution(medianMilliseconds: 15, spread: 0.6)
        case .inventory: LatencyDistribution(medianMilliseconds: 3, spread: 0.5)
        }
    }
}

/// How a service tells its outbound proxy whom it means.
package enum Addressing: String, Sendable, CaseIterable {
    /// `GET http://payment/charges`, as any client does that honours HTTP_PROXY.
    case absoluteForm = "absolute-form"
    /// `GET /charges` with `Host: payment`.
    case host
}
