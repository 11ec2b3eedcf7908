/// What must hold between the settings of a proxy.
enum ProxyRules {
    static let all: [Schema<ProxyConfiguration>.Rule] = [
        carriesTraffic, targetsAreDistinct, routesAreDistinct, listenersAreDistinct, doesNotForwardToItself,
        tcpTargetsAreKnown, shutdownIsLocal, batchFitsQueue, protocolFitsCollector, identityIsWhole, meshNeedsIdentity,
    ]

    @Sendable
    private static func carriesTraffic(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        guard !reading.hasKeys(in: "inbound"), !reading.hasKeys(in: "outbound") else { return }
        let what = "nothing to carry; give inbound.forward (--forward) or outbound.targets (--target) or both"
        reading.reportMissing(what, at: "", flag: nil)
    }

    @Sendable
    private static func targetsAreDistinct(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        var first: [String: Int] = [:]
        for (index, target) in (configuration.outbound?.targets ?? []).enumerated() where !target.name.isEmpty {
            guard let earlier = first[target.comparableName] else {
                first[target.comparableName] = index
                continue
            }
            let sentence = "\(quoted(target.name)) is already the name of outbound.targets[\(earlier)]"
            reading.report(.conflict(sentence), at: "outbound.targets[\(index)].name")
        }
    }

    @Sendable
    private static func routesAreDistinct(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        check(configuration.inbound?.routes ?? [], at: "inbound.routes", &reading)
        for (index, target) in (configuration.outbound?.targets ?? []).enumerated() {
            check(target.routes, at: "outbound.targets[\(index)].routes", &reading)
        }
    }

    private static func check(
        _ routes: [RouteConfiguration], at path: String, _ reading: inout ConfigurationReading
    ) {
        for (index, route) in routes.enumerated() where !route.name.isEmpty {
            for (earlier, other) in routes[..<index].enumerated() where !other.name.isEmpty {
                if other.name == route.name {
                    let sentence = "\(quoted(route.name)) is already the name of \(path)[\(earlier)]"
                    reading.report(.conflict(sentence), at: "\(path)[\(index)].name")
                } else if other.match == route.match, Set(other.methods) == Set(route.methods) {
                    let sentence = "takes no request: \(path)[\(earlier)] has the same path and methods"
                    reading.report(.conflict(sentence), at: "\(path)[\(index)]")
                }
            }
        }
    }

    @Sendable
    private static func listenersAreDistinct(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        reading.reportSharedListeners(
            [
                ("admin.listen", configuration.admin.listen), ("inbound.listen", configuration.inbound?.listen),
                ("outbound.listen", configuration.outbound?.listen),
            ] + (configuration.outbound?.tcp ?? []).enumerated().map { ("outbound.tcp[\($0)].listen", $1.listen) })
    }

    @Sendable
    private static func tcpTargetsAreKnown(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        let known = Set((configuration.outbound?.targets ?? []).map(\.comparableName))
        for (index, listener) in (configuration.outbound?.tcp ?? []).enumerated() {
            let wanted = TargetConfiguration(name: listener.target, endpoints: []).comparableName
            guard !known.contains(wanted) else { continue }
            reading.report(
                .conflict("no target is named \(quoted(listener.target))"), at: "outbound.tcp[\(index)].target")
        }
    }

    @Sendable
    private static func doesNotForwardToItself(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        guard let inbound = configuration.inbound, inbound.forward == inbound.listen else { return }
        reading.report(.conflict("\(inbound.forward) is this proxy's own inbound.listen"), at: "inbound.forward")
    }

    @Sendable
    private static func shutdownIsLocal(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        guard configuration.admin.allowShutdown, !configuration.admin.listen.isLoopback else { return }
        let listen = configuration.admin.listen
        reading.report(
            .conflict("true is allowed only with a loopback admin.listen, which is \(listen)"),
            at: "admin.allowShutdown")
    }

    @Sendable
    private static func identityIsWhole(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        let identity = configuration.identity
        let files = [("identity.key", identity.key != nil), ("identity.chain", identity.chain != nil)]
        let joining = [
            ("identity.service", identity.service != nil), ("identity.joinTokenFile", identity.joinTokenFile != nil),
        ]
        let joins = joining.contains(where: \.1)
        if joins, let file = files.first(where: \.1)?.0 {
            reading.report(
                .conflict("excludes identity.service: the identity is in files or comes from there"), at: file)
            return
        }
        let needed = (joins ? joining : files) + [("identity.trustBundle", identity.trustBundle != nil)]
        let missing = needed.filter { !$0.1 }.map(\.0)
        guard !missing.isEmpty, let given = needed.first(where: \.1)?.0 else { return }
        reading.report(.conflict("is of use only together with \(missing.joined(separator: " and "))"), at: given)
    }

    @Sendable
    private static func meshNeedsIdentity(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        guard !configuration.identity.isGiven else { return }
        let sentence = "needs an identity: identity.key, identity.chain and identity.trustBundle"
        if configuration.inbound?.tls == .required { reading.report(.conflict(sentence), at: "inbound.tls") }
        for (index, target) in (configuration.outbound?.targets ?? []).enumerated() where target.identity != nil {
            reading.report(.conflict(sentence), at: "outbound.targets[\(index)].identity")
        }
    }

    @Sendable
    private static func batchFitsQueue(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        let tracing = configuration.tracing
        guard tracing.batchSpans > tracing.queueSpans else { return }
        reading.report(
            .conflict("\(tracing.batchSpans) is more than tracing.queueSpans, which is \(tracing.queueSpans)"),
            at: "tracing.batchSpans")
    }

    @Sendable
    private static func protocolFitsCollector(
        _ configuration: ProxyConfiguration, _ path: String, _ reading: inout ConfigurationReading
    ) {
        let tracing = configuration.tracing
        guard let chosen = tracing.exportProtocol, let collector = tracing.collector else { return }
        switch chosen {
        case .httpProtobuf:
            guard collector.scheme == .grpc else { return }
            reading.report(.conflict("\(chosen.rawValue) is not what \(collector) says"), at: "tracing.protocol")
        case .grpc:
            guard collector.path != CollectorURL.defaultPath else { return }
            reading.report(.conflict("grpc has no place for the path of \(collector)"), at: "tracing.protocol")
        }
    }
}

extension ConfigurationReading {
    /// Port 0 is a different port for each listener.
    mutating func reportSharedListeners(_ listeners: [(key: String, address: HostPort?)]) {
        var seen: [(key: String, address: HostPort)] = []
        for (key, address) in listeners {
            guard let address, address.port > 0 else { continue }
            if let other = seen.first(where: { $0.address == address }) {
                report(.conflict("\(address) is already taken by \(other.key)"), at: key)
            }
            seen.append((key, address))
        }
    }
}
