import Configuration
import Routing
import Testing

@Suite("Route table")
struct RouteTableTests {
    private func route(_ table: RouteTable, _ method: String, _ target: String) -> String {
        table.names[table.match(method: Array(method.utf8).span, target: Array(target.utf8).span)]
    }

    private let shop = RouteTable([
        RouteConfiguration(name: "all", match: .prefix("/")),
        RouteConfiguration(name: "api", match: .prefix("/api")),
        RouteConfiguration(name: "cart", match: .prefix("/api/cart/")),
        RouteConfiguration(name: "cart-write", match: .prefix("/api/cart"), methods: ["POST", "PUT"]),
        RouteConfiguration(name: "health", match: .exact("/api/health")),
        RouteConfiguration(name: "reset", match: .exact("/api/reset"), methods: ["POST"]),
    ])

    @Test(
        "The most specific route that takes path and method wins",
        arguments: [
            ("GET", "/", "all"), ("GET", "/apix", "all"), ("GET", "/ap", "all"), ("GET", "/api", "api"),
            ("GET", "/api/", "api"), ("GET", "/api?cart", "api"), ("GET", "/api/cart", "cart"),
            ("GET", "/api/cart/1", "cart"), ("POST", "/api/cart/1", "cart-write"), ("PUT", "/api/cart", "cart-write"),
            ("post", "/api/cart", "cart"), ("POS", "/api/cart", "cart"), ("GET", "/api/carts", "api"),
            ("GET", "/api/health", "health"), ("GET", "/api/health?deep=1", "health"),
            ("GET", "/api/health/", "api"), ("POST", "/api/reset", "reset"), ("GET", "/api/reset", "api"),
            ("GET", "/API/health", "all"), ("GET", "/api/cart#x", "cart"),
        ])
    func mostSpecific(method: String, target: String, expected: String) {
        #expect(route(shop, method, target) == expected)
    }

    @Test("A request that no route takes has the default route")
    func fallsBack() {
        let table = RouteTable([RouteConfiguration(name: "api", match: .prefix("/api"))])
        #expect(table.names == ["default", "api"])
        for target in ["/", "", "*", "/apix", "host:443"] { #expect(route(table, "GET", target) == "default") }
        #expect(route(.empty, "GET", "/api") == "default")
    }

    @Test("Indexes follow the configuration, not the order of matching")
    func indexes() {
        #expect(shop.names == ["default", "all", "api", "cart", "cart-write", "health", "reset"])
        #expect(shop.match(method: Array("GET".utf8).span, target: Array("/api/health".utf8).span) == 5)
    }

    @Test("Of two routes that take the same requests the earlier one wins")
    func earlierWins() {
        let table = RouteTable([
            RouteConfiguration(name: "first", match: .prefix("/a"), methods: ["GET"]),
            RouteConfiguration(name: "second", match: .prefix("/a"), methods: ["GET", "POST"]),
        ])
        #expect(route(table, "GET", "/a") == "first")
        #expect(route(table, "POST", "/a") == "second")
    }

    @Test("The template of a route is its configured path, and the default route has none")
    func templates() {
        #expect(
            shop.names.indices.map(shop.template) == [
                nil, "/*", "/api/*", "/api/cart/*", "/api/cart/*", "/api/health", "/api/reset",
            ])
    }

    @Test("Raw bytes and typed bytes are matched alike")
    func rawBytes() {
        let method: [UInt8] = Array("POST".utf8)
        let target: [UInt8] = Array("/api/cart/1?x".utf8)
        let index = unsafe method.withUnsafeBytes { method in
            unsafe target.withUnsafeBytes { target in
                unsafe shop.match(method: method.bytes, target: target.bytes)
            }
        }
        #expect(index == 4)
    }
}
