import EventLoop

/// The loopback ports of everything that the demo starts.
package struct PortPlan {
    /// The four sockets of one service and the proxy beside it.
    struct Sidecar {
        let service: SocketAddress
        let inbound: SocketAddress
        let outbound: SocketAddress
        let admin: SocketAddress
    }

    /// The sockets of three proxies beside the shop, by which a check shows whom mutual TLS keeps out.
    struct Drill {
        let sealedInbound: SocketAddress
        let sealedAdmin: SocketAddress
        let callerOutbound: SocketAddress
        let callerAdmin: SocketAddress
        let openInbound: SocketAddress
        let openOutbound: SocketAddress
        let openAdmin: SocketAddress

        var all: [SocketAddress] {
            [sealedInbound, sealedAdmin, callerOutbound, callerAdmin, openInbound, openOutbound, openAdmin]
        }
    }

    let sidecars: [ServiceName: Sidecar]
    let drill: Drill
    let collectorOTLP: SocketAddress
    let collectorQuery: SocketAddress
    let collectorMetrics: SocketAddress
    let prometheus: SocketAddress
    let alertmanager: SocketAddress

    /// First of the row of ports.
    var base: UInt16 { prometheus.port }

    /// Where the load generator, and a person, enters the shop: the inbound side of web's proxy.
    var entrance: SocketAddress { self[.entrance].inbound }

    subscript(name: ServiceName) -> Sidecar {
        guard let sidecar = sidecars[name] else { preconditionFailure("every service has a sidecar") }
        return sidecar
    }

    /// Where the row begins unless somebody says otherwise.
    package static let usualBase: UInt16 = 18_000

    /// Where a service itself listens unless somebody says otherwise.
    package static func usualPort(of name: ServiceName) -> UInt16 {
        PortPlan { usualBase + UInt16($0) }[name].service.port
    }

    /// Number of ports in a row from the base on.
    static let count = firstOfDrill + 7
    private static let firstOfDrill = 4 * ServiceName.allCases.count + 5

    /// - Parameter port: gives the port for each place, counted from 0.
    init(_ port: (Int) -> UInt16) {
        func loopback(_ place: Int) -> SocketAddress { SocketAddress(v4: 0x7F00_0001, port: port(place)) }
        var sidecars: [ServiceName: Sidecar] = [:]
        for (index, name) in ServiceName.allCases.enumerated() {
            sidecars[name] = Sidecar(
                service: loopback(5 + 4 * index), inbound: loopback(6 + 4 * index),
                outbound: loopback(7 + 4 * index), admin: loopback(8 + 4 * index))
        }
        self.sidecars = sidecars
        prometheus = loopback(0)
        alertmanager = loopback(1)
        collectorQuery = loopback(2)
        collectorOTLP = loopback(3)
        collectorMetrics = loopback(4)
        let places = (0..<7).map { loopback(Self.firstOfDrill + $0) }
        drill = Drill(
            sealedInbound: places[0], sealedAdmin: places[1], callerOutbound: places[2], callerAdmin: places[3],
            openInbound: places[4], openOutbound: places[5], openAdmin: places[6])
    }

    /// Every port with what it is for.
    var named: [(name: String, address: SocketAddress)] {
        let shared = [
            ("Prometheus", prometheus), ("Alertmanager", alertmanager), ("martlet-collector queries", collectorQuery),
            ("martlet-collector OTLP", collectorOTLP), ("martlet-collector metrics", collectorMetrics),
        ]
        return shared + drill.all.map { ("a proxy of the check", $0) }
            + ServiceName.allCases.flatMap { name in
                let sidecar = self[name]
                return [
                    (name.rawValue, sidecar.service), ("inbound proxy of \(name.rawValue)", sidecar.inbound),
                    ("outbound proxy of \(name.rawValue)", sidecar.outbound),
                    ("proxy admin of \(name.rawValue)", sidecar.admin),
                ]
            }
    }

    /// The row of ports from `base` on.
    static func row(base: UInt16) throws(DemoError) -> PortPlan {
        guard base >= 1024, Int(base) + count <= 65_536 else {
            throw .start("--port-base: found \(base), allowed is 1024 to \(65_536 - count)")
        }
        return PortPlan { base + UInt16($0) }
    }

    /// A row of ports from `base` on, all of which must be free.
    static func from(base: UInt16) throws(DemoError) -> PortPlan {
        let plan = try row(base: base)
        for (name, address) in plan.named {
            do throws(SystemError) {
                try Listener.checkFree(address)
            } catch {
                throw .start(
                    "port \(address.port), meant for \(name), cannot be used (\(error)); end what listens there, or "
                        + "choose another row of \(count) ports: --port-base 19000, or make demo ARGS='--port-base 19000'"
                )
            }
        }
        return plan
    }

    /// The first row of free ports below those that the kernel gives to connections, starting at a place of our own.
    static func free(seed: Int) throws(DemoError) -> PortPlan {
        let rows = 300
        for attempt in 0..<rows {
            let row = (seed + attempt) % rows
            if let plan = try? from(base: UInt16(20_000 + row * 40)) { return plan }
        }
        throw .start("no row of \(count) free ports between 20000 and 32000")
    }
}
