import Configuration
import Testing

@testable import Discovery

@Suite("Directory")
struct DirectoryTests {
    private func configuration(_ targets: [(String, [String])], forward: String? = nil) -> ProxyConfiguration {
        var configuration = ProxyConfiguration()
        configuration.name = "shop"
        var outbound = ProxyConfiguration.Outbound()
        outbound.targets = targets.map { name, endpoints in
            TargetConfiguration(name: name, endpoints: endpoints.compactMap { HostPort($0) })
        }
        configuration.outbound = outbound
        if let forward = forward.flatMap({ HostPort($0) }) {
            var inbound = ProxyConfiguration.Inbound()
            inbound.forward = forward
            configuration.inbound = inbound
        }
        return configuration
    }

    private func load(_ configuration: ProxyConfiguration, after previous: Directory? = nil) -> Directory {
        Directory.load(configuration, previous: previous).directory
    }

    private func name(_ directory: Directory, _ host: String) -> String? {
        let id = directory.targetID(host: Array(host.utf8).span)
        return directory.targets.first { $0.id == id }?.name
    }

    @Test(
        "A Host finds its target whatever its case, port or trailing dot",
        arguments: [
            ("cart", "cart"), ("CART", "cart"), ("cart:80", "cart"), ("cart.", "cart"), ("Cart.:8080", "cart"),
            ("cart:", "cart"), ("pay.shop", "Pay.Shop"), ("PAY.SHOP:9", "Pay.Shop"), ("cart:9000", "cart:9000"),
            ("cart.:9000", "cart:9000"), ("cart:900", "cart"), ("only", nil), ("only:1", "only:1"), ("only:2", nil),
            ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("10.0.0.1", "10.0.0.1"), ("", nil), (":", nil), (".", nil),
            (".:80", nil), ("car", nil), ("cartx", nil), ("cart..", nil), ("cart:80:90", nil), ("\u{0}", nil),
        ])
    func hosts(host: String, expected: String?) {
        let names = ["cart", "Pay.Shop", "cart:9000", "only:1", "[::1]", "10.0.0.1"]
        let directory = load(configuration(names.map { ($0, ["127.0.0.1:1"]) }))
        #expect(name(directory, host) == expected)
    }

    @Test("A thousand targets are all found, and nothing else is")
    func manyTargets() {
        let directory = load(configuration((0..<1_000).map { ("service-\($0)", ["127.0.0.1:1"]) }))
        for number in 0..<1_000 { #expect(name(directory, "Service-\(number):80") == "service-\(number)") }
        for number in 1_000..<2_000 { #expect(name(directory, "service-\(number)") == nil) }
    }

    @Test("What stays keeps its identifier over a reload, and nothing new takes a freed one")
    func identifiers() throws {
        let first = load(configuration([("a", ["127.0.0.1:1", "127.0.0.1:2"]), ("b", ["127.0.0.1:1"])]))
        let second = load(
            configuration([("c", ["127.0.0.1:1"]), ("A", ["127.0.0.1:3", "127.0.0.1:2"])]), after: first)
        #expect(first.version == 1)
        #expect(second.version == 2)
        #expect(first.targets.map(\.id.rawValue) == [0, 1])
        #expect(first.targets.map { $0.endpoints.map(\.id.rawValue) } == [[0, 1], [2]])
        #expect(second.targets.map(\.id.rawValue) == [2, 0])
        #expect(second.targets.map { $0.endpoints.map(\.id.rawValue) } == [[3], [4, 1]])
    }

    @Test("A change names what came and what went")
    func changes() {
        let first = load(configuration([("a", ["127.0.0.1:1", "127.0.0.1:2"])], forward: "127.0.0.1:8"))
        let same = load(configuration([("a", ["127.0.0.1:2", "127.0.0.1:1"])], forward: "127.0.0.1:8"), after: first)
        #expect(DirectoryChange(from: first, to: same).isEmpty)
        let second = load(configuration([("b", ["127.0.0.1:1"])], forward: "127.0.0.1:9"), after: same)
        let change = DirectoryChange(from: same, to: second)
        #expect(change.removedTargets.map(\.rawValue) == [1])
        #expect(change.addedTargets.map(\.rawValue) == [2])
        #expect(change.removedEndpoints.map(\.rawValue) == [0, 2, 1])
        #expect(change.addedEndpoints.map(\.rawValue) == [3, 4])
    }

    @Test("The inbound target carries the service's own name")
    func inbound() throws {
        let directory = load(configuration([], forward: "127.0.0.1:8080"))
        let inbound = try #require(directory.inbound)
        #expect(inbound.name == "shop")
        #expect(inbound.endpoints.map(\.address.description) == ["127.0.0.1:8080"])
        #expect(load(configuration([])).inbound == nil)
    }

    @Test("A name becomes all of its addresses, each once")
    func resolves() {
        let result = Directory.load(configuration([("a", ["db:5", "10.0.0.1:5"])])) { _ in
            ["10.0.0.1:5", "10.0.0.2:5", "[::1]:5"].compactMap { HostPort($0) }
        }
        #expect(result.unresolved.isEmpty)
        let endpoints = result.directory.targets[0].endpoints
        #expect(endpoints.map(\.address.description) == ["10.0.0.1:5", "10.0.0.2:5", "[::1]:5"])
        #expect(endpoints.map(\.configured.description) == ["db:5", "db:5", "db:5"])
    }

    @Test("A name that stops resolving keeps the addresses it had, and is reported")
    func keepsAddresses() {
        let both = configuration([("a", ["db:5", "10.0.0.9:5"])])
        let first = Directory.load(both) { _ in ["10.0.0.1:5"].compactMap { HostPort($0) } }.directory
        let second = Directory.load(both, previous: first) { _ throws(ResolutionError) in
            throw ResolutionError("Name or service not known")
        }
        #expect(second.directory.targets[0].endpoints == first.targets[0].endpoints)
        #expect(
            second.unresolved.map(\.description) == ["target a: db has no address: Name or service not known"])
    }

    @Test("localhost needs no resolver, and a name without an address says so")
    func system() throws {
        let localhost = try #require(HostPort("localhost:80"))
        #expect(try resolveBlocking(localhost).map(\.description) == ["127.0.0.1:80"])
        let missing = try #require(HostPort("no-such-host.invalid:80"))
        #expect(throws: ResolutionError.self) { try resolveBlocking(missing) }
    }
}
