import Testing

@testable import Configuration

@Suite("Proxy configuration")
struct ProxyConfigurationTests {
    private func load(_ text: String?, _ flags: [GivenFlag] = []) throws -> ProxyConfiguration {
        try ProxyConfiguration.load(
            file: text.map { ConfigurationFile(name: "proxy.yaml", bytes: Array($0.utf8)) }, flags: flags)
    }

    private static let complete = """
        name: checkout
        workers: auto
        identity: {key: /id/key.pem, chain: /id/chain.pem, trustBundle: /id/bundle.pem, resumption: 10m}
        inbound:
          listen: 0.0.0.0:5143
          forward: localhost:8080
          tls: required
          protocol: detect
          routes:
            - name: place
              pathPrefix: /orders
              methods: [POST]
            - name: health
              path: /healthz
        outbound:
          listen: '[::1]:5140'
          targets:
            - name: cart
              endpoints: [10.0.0.5:8080, 'cart.internal:8080']
              identity: spiffe://shop.example/ns/default/sa/cart
              routes:
                - {name: items, pathPrefix: /items}
            - name: pay:9000
              endpoints: ["[2001:db8::1]:9000"]
          tcp:
            - {listen: '127.0.0.1:9000', target: PAY:9000}
        transparent: true
        tcp: {opaquePorts: [3306], detect: 1s, idle: 0, keepAlive: 2m, spans: true}
        admin: {listen: 127.0.0.1:5191, allowShutdown: true}
        tracing:
          collector: http://127.0.0.1:4318
          protocol: http/protobuf
          samplingRate: 0.25
          keepErrors: false
          propagation: [b3, w3c]
          queueSpans: 1000
          batchSpans: 100
        accessLog: {format: json, path: /var/log/martlet.log}
        timeouts: {connect: 500ms, head: 5s, idle: 2m, request: 1h, response: 0, bodyIdle: 90s, drain: 0}
        limits:
          headBytes: 16KiB
          headFields: 50
          targetBytes: 4096
          bodyBytes: 10MiB
          connectionsMax: 1000
          poolIdlePerEndpoint: 0
          pendingMax: 10
        forwarding: {via: false, strictHostMismatch: true, connectPorts: [443, 8443]}
        logging: {level: debug}
        metrics: {seriesBudget: 500}
        """

    @Test("Every key of a file reaches its value")
    func everyKey() throws {
        let configuration = try load(Self.complete)
        #expect(configuration.name == "checkout")
        #expect(configuration.workers == .auto)
        let inbound = try #require(configuration.inbound)
        #expect(inbound.listen.description == "0.0.0.0:5143")
        #expect(inbound.forward.description == "localhost:8080")
        #expect(
            inbound.routes == [
                RouteConfiguration(name: "place", match: .prefix("/orders"), methods: ["POST"]),
                RouteConfiguration(name: "health", match: .exact("/healthz")),
            ])
        let outbound = try #require(configuration.outbound)
        #expect(outbound.listen.description == "[::1]:5140")
        #expect(outbound.targets.map(\.name) == ["cart", "pay:9000"])
        #expect(outbound.targets[0].endpoints.map(\.description) == ["10.0.0.5:8080", "cart.internal:8080"])
        #expect(outbound.targets[0].routes == [RouteConfiguration(name: "items", match: .prefix("/items"))])
        #expect(outbound.targets[1].endpoints.map(\.description) == ["[2001:db8::1]:9000"])
        #expect(configuration.admin.listen.port == 5191)
        #expect(configuration.admin.allowShutdown)
        #expect(configuration.tracing.collector?.description == "http://127.0.0.1:4318")
        #expect(configuration.tracing.exportProtocol == .httpProtobuf)
        #expect(configuration.tracing.samplingRate == 0.25)
        #expect(!configuration.tracing.keepErrors)
        #expect(configuration.tracing.propagation == [.b3, .w3c])
        #expect(configuration.tracing.queueSpans == 1_000)
        #expect(configuration.tracing.batchSpans == 100)
        #expect(configuration.accessLog.format == .json)
        #expect(configuration.accessLog.destination == .file("/var/log/martlet.log"))
        #expect(configuration.timeouts.connect == .milliseconds(500))
        #expect(configuration.timeouts.head == .seconds(5))
        #expect(configuration.timeouts.idle == .seconds(120))
        #expect(configuration.timeouts.request == .seconds(3_600))
        #expect(configuration.timeouts.response == .zero)
        #expect(configuration.timeouts.bodyIdle == .seconds(90))
        #expect(configuration.timeouts.drain == .zero)
        #expect(configuration.limits.headBytes == 16_384)
        #expect(configuration.limits.headFields == 50)
        #expect(configuration.limits.targetBytes == 4_096)
        #expect(configuration.limits.bodyBytes == 10_485_760)
        #expect(configuration.limits.connectionsMax == 1_000)
        #expect(configuration.limits.poolIdlePerEndpoint == 0)
        #expect(configuration.limits.pendingMax == 10)
        #expect(!configuration.forwarding.via)
        #expect(configuration.forwarding.strictHostMismatch)
        #expect(configuration.forwarding.connectPorts == [443, 8443])
        #expect(configuration.logging.level == .debug)
        #expect(configuration.metrics.seriesBudget == 500)
        #expect(configuration.identity.key == "/id/key.pem")
        #expect(configuration.identity.chain == "/id/chain.pem")
        #expect(configuration.identity.trustBundle == "/id/bundle.pem")
        #expect(configuration.identity.resumption == .seconds(600))
        #expect(configuration.inbound?.tls == .required)
        #expect(configuration.inbound?.protocol == .detect)
        #expect(outbound.tcp.map(\.listen.description) == ["127.0.0.1:9000"])
        #expect(outbound.tcp.map(\.target) == ["PAY:9000"])
        #expect(configuration.transparent)
        #expect(configuration.tcp.opaquePorts == [3306])
        #expect(configuration.tcp.detect == .seconds(1))
        #expect(configuration.tcp.idle == .zero)
        #expect(configuration.tcp.keepAlive == .seconds(120))
        #expect(configuration.tcp.spans)
        #expect(configuration.outbound?.targets.map(\.identity) == ["spiffe://shop.example/ns/default/sa/cart", nil])
    }

    @Test("An identity comes whole, and whoever is named on the mesh needs one")
    func identity() throws {
        func problems(_ text: String) throws -> [String] {
            do {
                _ = try load("name: a\ninbound: {forward: 127.0.0.1:1}\n" + text)
                return []
            } catch let errors as ConfigurationErrors {
                return errors.issues.map { "\($0)" }
            }
        }
        #expect(
            try problems("identity: {key: k}") == [
                "proxy.yaml:3: identity.key: is of use only together with identity.chain and identity.trustBundle"
            ])
        #expect(
            try problems("identity: {service: '127.0.0.1:1', trustBundle: b}") == [
                "proxy.yaml:3: identity.service: is of use only together with identity.joinTokenFile"
            ])
        #expect(
            try problems("identity: {service: '127.0.0.1:1', joinTokenFile: t, trustBundle: b, key: k}") == [
                "proxy.yaml:3: identity.key: excludes identity.service: the identity is in files or comes from there"
            ])
        let joined = try load(
            "name: a\ninbound: {forward: 127.0.0.1:1, tls: required}\n"
                + "identity: {service: 'identity.mesh:8080', joinTokenFile: t, trustBundle: b}")
        #expect(joined.identity.service?.description == "identity.mesh:8080")
        #expect(joined.identity.joinTokenFile == "t")
        let target = "outbound: {targets: [{name: b, endpoints: ['127.0.0.1:2'], identity: "
        #expect(
            try problems(target + "spiffe://d/w}]}") == [
                "proxy.yaml:3: outbound.targets[0].identity: "
                    + "needs an identity: identity.key, identity.chain and identity.trustBundle"
            ])
        for wrong in ["cart", "spiffe://d", "spiffe://D/w", "spiffe://d//w", "spiffe://d/../w", "spiffe://d/w?"] {
            let found = try problems("identity: {key: k, chain: c, trustBundle: b}\n" + target + "'\(wrong)'}]}")
            #expect(found.count == 1 && found[0].contains("spiffe://DOMAIN/PATH"), "\(found)")
        }
    }

    @Test("A TCP listener is a port of its own for a target that there is")
    func tcpListeners() throws {
        let base = [GivenFlag("name", "a"), GivenFlag("target", "db=127.0.0.1:1")]
        let listener = try load(nil, base + [GivenFlag("outbound-tcp", "[::1]:5432=db")]).outbound?.tcp.first
        #expect(listener?.listen.description == "[::1]:5432" && listener?.target == "db")
        func problem(_ flag: String) throws -> String {
            do {
                _ = try load(nil, base + [GivenFlag("outbound-tcp", flag)])
                return ""
            } catch let errors as ConfigurationErrors {
                return errors.issues.map { "\($0)" }.joined(separator: "; ")
            }
        }
        #expect(try problem("127.0.0.1:5432=cache").hasSuffix(#"no target is named "cache""#))
        #expect(try problem("127.0.0.1:4140=db").hasSuffix("127.0.0.1:4140 is already taken by outbound.listen"))
        #expect(try problem("db").contains("ADDRESS:PORT=TARGET"))
        #expect(try problem("db:1=db").contains("is not ADDRESS:PORT"))
    }

    @Test("No setting keeps its default in the complete file, so none was forgotten above")
    func completeIsComplete() throws {
        let configuration = try load(Self.complete)
        let defaults = ProxyConfiguration()
        // They exclude the files of an identity, and have a test of their own above.
        let excluded: Set = ["identity.service", "identity.joinTokenFile"]
        for setting in ProxyConfiguration.schema.settings
        where !setting.isFlagOnly && !excluded.contains(setting.key) {
            #expect(setting.encode(configuration) != setting.encode(defaults), "\(setting.key)")
        }
    }

    @Test("Two flags are a whole configuration")
    func flagsAlone() throws {
        var expected = ProxyConfiguration()
        expected.name = "a"
        var inbound = ProxyConfiguration.Inbound()
        inbound.forward = try #require(HostPort("127.0.0.1:8080"))
        expected.inbound = inbound
        #expect(try load(nil, [GivenFlag("name", "a"), GivenFlag("forward", "127.0.0.1:8080")]) == expected)
    }

    @Test("The same file loads to an equal configuration, a changed one to a different one")
    func reload() throws {
        #expect(try load(Self.complete) == load(Self.complete + "\n# a comment\n"))
        #expect(try load(Self.complete) != load(Self.complete.replacing("[443, 8443]", with: "[443]")))
    }

    @Test("How spans travel is what the URL says, unless the protocol is named")
    func spanProtocol() throws {
        for (flags, expected) in [
            (["collector": "http://a:1"], .httpProtobuf), (["collector": "grpc://a:1"], .grpc),
            (["collector": "http://a:1", "otlp-protocol": "grpc"], .grpc),
            (["collector": "grpc://a:1", "otlp-protocol": "grpc"], .grpc),
            (["collector": "http://a:1/x", "otlp-protocol": "http/protobuf"], .httpProtobuf),
        ] as [([String: String], ProxyConfiguration.ExportProtocol)] {
            let given = flags.map { GivenFlag($0.key, $0.value) }
            let configuration = try load(nil, [GivenFlag("name", "a"), GivenFlag("forward", "b:1")] + given)
            #expect(configuration.tracing.effectiveProtocol == expected)
        }
    }

    @Test("A flag wins over the file, and a list given by flags replaces the file's list")
    func flagsWin() throws {
        let configuration = try load(
            Self.complete,
            [
                GivenFlag("workers", "3"), GivenFlag("workers", "2"), GivenFlag("collector", "http://c:1/x"),
                GivenFlag("target", "db=10.0.0.9:1,db:2"), GivenFlag("target", "web:80=[::1]:1"),
                GivenFlag("propagation", "b3multi,w3c"), GivenFlag("connect-ports", ""),
                GivenFlag("inbound-route", "one=/one"), GivenFlag("inbound-route", "all=GET,HEAD /*"),
                GivenFlag("target-route", "DB/q=/query/*"), GivenFlag("target-route", "db/p=POST /query"),
                GivenFlag("outbound-tcp", "127.0.0.1:9001=db"),
            ])
        #expect(configuration.outbound?.tcp.map(\.target) == ["db"])
        #expect(configuration.workers == .count(2))
        #expect(configuration.tracing.collector?.description == "http://c:1/x")
        #expect(configuration.tracing.propagation == [.b3multi, .w3c])
        #expect(configuration.forwarding.connectPorts == [])
        #expect(configuration.inbound?.listen.description == "0.0.0.0:5143")
        #expect(
            configuration.inbound?.routes == [
                RouteConfiguration(name: "one", match: .exact("/one")),
                RouteConfiguration(name: "all", match: .prefix("/"), methods: ["GET", "HEAD"]),
            ])
        let targets = try #require(configuration.outbound?.targets)
        #expect(targets.map(\.name) == ["db", "web:80"])
        #expect(targets.map { $0.endpoints.map(\.description) } == [["10.0.0.9:1", "db:2"], ["[::1]:1"]])
        #expect(
            targets[0].routes == [
                RouteConfiguration(name: "q", match: .prefix("/query")),
                RouteConfiguration(name: "p", match: .exact("/query"), methods: ["POST"]),
            ])
    }

    @Test("Routes from flags replace the routes of their target alone")
    func targetRoutes() throws {
        let configuration = try load(Self.complete, [GivenFlag("target-route", "cart./add=POST /add")])
        let targets = try #require(configuration.outbound?.targets)
        #expect(targets[0].routes == [RouteConfiguration(name: "add", match: .exact("/add"), methods: ["POST"])])
        #expect(targets[0].endpoints.count == 2)
    }

    @Test("Ten thousand targets load, one more is refused")
    func manyTargets() throws {
        func text(_ count: Int) -> String {
            let targets = (0..<count).map {
                "    - {name: t\($0), endpoints: ['127.0.0.1:1'], routes: [{name: r, path: /}]}\n"
            }
            return "name: a\noutbound:\n  targets:\n" + targets.joined()
        }
        #expect(try load(text(10_000)).outbound?.targets.count == 10_000)
        #expect(throws: ConfigurationErrors.self) { try load(text(10_001)) }
    }

    @Test("The keys that need a restart are told")
    func restart() throws {
        let old = try load(Self.complete)
        let new = try load(
            Self.complete,
            [GivenFlag("workers", "2"), GivenFlag("log-level", "error"), GivenFlag("inbound", "127.0.0.1:1")])
        #expect(new.settingsThatNeedRestart(comparedWith: old) == ["workers", "inbound.listen"])
        #expect(old.settingsThatNeedRestart(comparedWith: old) == [])
    }

    @Test("The usable cores are the bits of the affinity mask")
    func cores() {
        #expect(
            ProxyConfiguration.allowedCores(in: "Name:\tx\nCpus_allowed:\tff,0000000f\nCpus_allowed_list:\t0-3\n") == 12
        )
        #expect(ProxyConfiguration.allowedCores(in: "Name:\tx\n") == 0)
        var configuration = ProxyConfiguration()
        configuration.workers = .count(7)
        #expect(configuration.workerCount == 7)
        configuration.workers = .auto
        #expect((1...4_096).contains(configuration.workerCount))
    }
}
