extension TargetConfiguration: Configurable {
    package static let schema = Schema<TargetConfiguration>([
        Setting(
            "name", \.name, .targetName, required: true,
            "What requests carry as Host: case does not count, nor a port unless the name has one."),
        Setting(
            "endpoints", \.endpoints, .endpoints, required: true,
            "Where the target answers. Names are resolved when the configuration is loaded."),
        Setting(
            "routes", flag: "target-route", \.routes, .targetRoutes,
            "Named groups of requests to this target; the rest is the route `default`. With routes, paths go on in normal form."
        ),
        Setting(
            "identity", flag: "target-identity", optional: \.identity, .workloadIdentity,
            "The workload behind the endpoints. It is then called by mutual TLS, and nobody else will do in its place."),
    ])

    /// How two names are compared: as Host values are.
    var comparableName: String {
        let lowered = name.lowercased()
        return lowered.hasSuffix(".") ? String(lowered.dropLast()) : lowered
    }
}

extension ValueFormat where Value == [TargetConfiguration] {
    static let targets = ValueFormat.records(
        atLeast: 1, atMost: ConfigurationLimits.targets,
        flagForm: ("NAME=ADDRESS:PORT[,ADDRESS:PORT]", "cart=127.0.0.1:8081,127.0.0.1:8082"),
        parseFlag: { text, path, reading in
            guard let equals = text.firstIndex(of: "=") else { return nil }
            let addresses = String(text[text.index(after: equals)...])
            let name = ValueFormat<String>.targetName.parse([String(text[..<equals])], "\(path).name", &reading)
            let endpoints = ValueFormat<[HostPort]>.endpoints.parse([addresses], "\(path).endpoints", &reading)
            return TargetConfiguration(name: name ?? "", endpoints: endpoints ?? [])
        })
}

extension ValueFormat where Value == [HostPort] {
    fileprivate static let endpoints = ValueFormat.list(
        of: .endpoint, atLeast: 1, atMost: ConfigurationLimits.endpointsPerTarget)
}

extension ValueFormat where Value == String {
    /// `cart`, `cart.shop` or `cart:8080`; addresses too, for services that are called by one.
    fileprivate static let targetName = ValueFormat.scalar(
        "NAME[:PORT]", sentence: "a host name", example: "cart",
        parse: { text in
            let name = text.hasSuffix(".") ? String(text.dropLast()) : text
            return HostPort(name) != nil || HostPort("\(name):1") != nil ? .value(text) : .malformed
        },
        encode: { .text($0) })
}
