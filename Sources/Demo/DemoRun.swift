import EventLoop

/// What a person may choose.
package struct DemoOptions: Sendable {
    /// First of the row of ports; nil takes the usual one for a run, and any free one for a check.
    package var portBase: UInt16?
    package var ratePerSecond = 40
    /// The service to break after the warm-up.
    package var incident: ServiceName?
    package var warmUpSeconds = 20
    /// Whether the sidecars speak to each other by mutual TLS.
    package var mutualTLS = true

    package init() {}
}

/// `martlet-demo run`: the shop, its load and the view, until Ctrl-C.
struct DemoRun {
    let options: DemoOptions
    let loop: EventLoop

    func run() async throws(DemoError) {
        let isTerminal = Console.isTerminal
        let timeline = Timeline(isPrinting: !isTerminal)
        let mesh = try Mesh(
            ports: try PortPlan.from(base: options.portBase ?? PortPlan.usualBase),
            options: options, loop: loop)
        do throws(DemoError) {
            Console.print("starting \(ServiceName.allCases.count) services behind their proxies, and what watches them")
            Console.print(options.mutualTLS ? Self.locked : Self.open)
            try await mesh.start()
            for line in Addresses(ports: mesh.ports, folder: mesh.folder.path).lines { Console.print(line) }
            mesh.load.start()
            timeline.add("load: \(options.ratePerSecond) requests a second")
            try await watch(mesh, timeline, LiveView(mesh: mesh, timeline: timeline, isTerminal: isTerminal))
        } catch {
            if isTerminal { Console.print("") }
            Console.print("ending what was started")
            await mesh.end()
            Console.print("everything that was started has ended")
            throw error
        }
    }

    private static let locked =
        "mutual TLS between all proxies, as spiffe://\(ShopIdentities.trustDomain)/…; customers enter \(ServiceName.entrance.rawValue) in plaintext"
    private static let open = "no mutual TLS: the proxies speak plaintext to each other"

    /// Refreshes the view every second; the incident goes on beside it.
    private func watch(_ mesh: Mesh, _ timeline: Timeline, _ view: LiveView) async throws(DemoError) {
        if let service = options.incident {
            let story = IncidentStory(
                incident: Incident(service: service, mesh: mesh), timeline: timeline,
                warmUpSeconds: options.warmUpSeconds)
            loop.spawn { [bound = LoopBound(story, loop: loop)] in await bound.value.play() }
        }
        while true {
            await view.refresh()
            try await mesh.pause(.seconds(1))
        }
    }
}
