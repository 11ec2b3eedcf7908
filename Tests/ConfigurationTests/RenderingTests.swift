import Testing

@testable import Configuration

@Suite("Rendered configuration")
struct RenderingTests {
    private func reload<Root: Configurable>(_ rendered: String, _ type: Root.Type) throws -> Root {
        try Root.schema.load(file: ConfigurationFile(name: "rendered", bytes: Array(rendered.utf8)), flags: [])
    }

    @Test("Rendering and loading again gives the same configuration", arguments: 0..<200)
    func identity(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let configuration = ProxyConfiguration.random(&random)
        #expect(try reload(configuration.rendered(), ProxyConfiguration.self) == configuration)
    }

    @Test("The smallest configuration renders with every default, in the order of the docs")
    func defaults() throws {
        let configuration = try ProxyConfiguration.load(
            file: nil, flags: [GivenFlag("name", "null"), GivenFlag("target", "cart=127.0.0.1:1")])
        #expect(
            configuration.rendered() == """
                name: "null"
                workers: 1
                admin:
                  listen: 127.0.0.1:4191
                  allowShutdown: false
                logging:
                  level: info
                metrics:
                  seriesBudget: 10000
                identity:
                  resumption: 1h
                outbound:
                  listen: 127.0.0.1:4140
                  targets:
                    - name: cart
                      endpoints: [127.0.0.1:1]
                      routes: []
                  tcp: []
                transparent: false
                tcp:
                  opaquePorts: [25, 587, 3306, 4444, 5432, 6379, 9300, 11211]
                  detect: 10s
                  idle: 1h
                  keepAlive: 30s
                  spans: false
                tracing:
                  samplingRate: 0.01
                  keepErrors: true
                  propagation: [w3c, b3, b3multi]
                  queueSpans: 8192
                  batchSpans: 512
                accessLog:
                  format: none
                  path: stdout
                timeouts:
                  connect: 1s
                  head: 10s
                  idle: 1m
                  request: 0
                  response: 1m
                  bodyIdle: 1m
                  drain: 30s
                limits:
                  headBytes: 60KiB
                  headFields: 100
                  targetBytes: 8KiB
                  bodyBytes: 0
                  connectionsMax: 65536
                  poolIdlePerEndpoint: 256
                  pendingMax: 1024
                forwarding:
                  via: true
                  strictHostMismatch: false
                  connectPorts: []

                """)
    }

    @Test("Collector settings render and load back")
    func collector() throws {
        var settings = CollectorSettings()
        settings.store.path = "/tmp/a: b #c\n\u{1}\u{85}\u{2028}\"\\é"
        settings.retention.age = .seconds(90)
        settings.retention.size = 5 << 30
        #expect(try reload(settings.rendered(), CollectorSettings.self) == settings)
    }
}

extension ProxyConfiguration {
    /// Any configuration that could have been loaded.
    fileprivate static func random(_ random: inout SplitMix64) -> ProxyConfiguration {
        let names = [
            "a", "true", "007", "- x", "a: b", "#c", "null", "~", "'", "\"q\" \\", "é…", "[x]", "{y}", "0x1F", "1e3",
        ]
        var configuration = ProxyConfiguration()
        configuration.name = names.randomElement(using: &random) ?? ""
        configuration.workers = Bool.random(using: &random) ? .auto : .count(Int.random(in: 1...256, using: &random))
        if Bool.random(using: &random) {
            var inbound = Inbound()
            inbound.forward = HostPort(["[::1]:9", "app:9"].randomElement(using: &random) ?? "") ?? inbound.forward
            inbound.routes = RouteConfiguration.random(&random)
            inbound.protocol = InboundProtocol.allCases.randomElement(using: &random)
            configuration.inbound = inbound
        }
        if configuration.inbound == nil || Bool.random(using: &random) {
            var outbound = Outbound()
            for number in 0..<Int.random(in: 1...4, using: &random) {
                let endpoints = ["10.0.0.\(number):80", "[2001:db8::\(number)]:1", "db-\(number):5"].compactMap {
                    HostPort($0)
                }
                outbound.targets.append(
                    TargetConfiguration(
                        name: ["cart\(number)", "7up\(number):80", "[::\(number)]"].randomElement(using: &random) ?? "",
                        endpoints: Array(endpoints.shuffled(using: &random).prefix(2)),
                        routes: RouteConfiguration.random(&random)))
            }
            if Bool.random(using: &random), let name = outbound.targets.first?.name {
                var listener = TCPListenerConfiguration()
                listener.listen = HostPort(ipv4: "127.0.0.1", port: 5)
                listener.target = name
                outbound.tcp = [listener]
            }
            configuration.outbound = outbound
        }
        configuration.tracing.collector = Bool.random(using: &random) ? nil : CollectorURL("http://[::1]:4318/a?b=c&d")
        configuration.tracing.exportProtocol = Bool.random(using: &random) ? nil : .httpProtobuf
        configuration.tracing.samplingRate = Double.random(in: 0...1, using: &random)
        configuration.tracing.keepErrors = Bool.random(using: &random)
        configuration.tracing.propagation = Array(Propagation.allCases.shuffled(using: &random).prefix(2))
        configuration.accessLog.format = AccessLogFormat.allCases.randomElement(using: &random) ?? .none
        configuration.accessLog.destination = Bool.random(using: &random) ? .standardOutput : .file("/a b/~c: d")
        configuration.timeouts.connect = .milliseconds(Int.random(in: 1...60_000, using: &random))
        configuration.timeouts.request = .milliseconds(Int.random(in: 0...86_400_000, using: &random))
        configuration.limits.headBytes = Int.random(in: 1_024...1 << 20, using: &random)
        configuration.limits.bodyBytes = Int.random(in: 0...1 << 50, using: &random)
        configuration.forwarding.connectPorts = [443, 1, 65_535].filter { _ in Bool.random(using: &random) }
        configuration.tcp.opaquePorts = [25, 6379].filter { _ in Bool.random(using: &random) }
        configuration.tcp.idle = .milliseconds(Int.random(in: 10...600_000_000, using: &random))
        configuration.tcp.keepAlive = .seconds(Int.random(in: 1...7_200, using: &random))
        configuration.transparent = Bool.random(using: &random)
        configuration.logging.level = LogLevel.allCases.randomElement(using: &random) ?? .info
        return configuration
    }
}

extension RouteConfiguration {
    fileprivate static func random(_ random: inout SplitMix64) -> [RouteConfiguration] {
        (0..<Int.random(in: 0...3, using: &random)).map { number in
            RouteConfiguration(
                name: ["r\(number)", "\(number)", "yes:\(number)", "*\(number)"].randomElement(using: &random) ?? "",
                match: Bool.random(using: &random) ? .exact("/x\(number)") : .prefix("/p/\(number)%20,{}[]&"),
                methods: Bool.random(using: &random) ? [] : ["GET", "M-SEARCH"])
        }
    }
}
