extension RouteConfiguration: Configurable {
    package static let schema = Schema<RouteConfiguration>(
        [
            Setting(
                "name", \.name, .routeName, required: true, "The `route` label in metrics and spans."),
            Setting(
                "path", optional: \.exactPath, .requestPath, "The path of the request, exactly. Queries do not count."),
            Setting(
                "pathPrefix", optional: \.pathPrefix, .requestPath,
                "The first segments of the path: `/api` takes `/api` and `/api/x` but not `/apix`."),
            Setting(
                "methods", \.methods,
                .list(of: .method, atMost: ConfigurationLimits.methodsPerRoute),
                "Only these methods; without any, every method."),
        ],
        rules: [
            { _, path, reading in
                let isExact = reading.wasGiven(join(path, "path"))
                let isPrefix = reading.wasGiven(join(path, "pathPrefix"))
                if isExact && isPrefix { reading.report(.conflict("path and pathPrefix exclude each other"), at: path) }
                if !isExact && !isPrefix {
                    reading.reportMissing("the route needs a path or a pathPrefix", at: path, flag: nil)
                }
            }
        ])

    fileprivate var exactPath: String? {
        get { if case .exact(let path) = match { path } else { nil } }
        set { if let newValue { match = .exact(newValue) } }
    }

    fileprivate var pathPrefix: String? {
        get { if case .prefix(let path) = match { path } else { nil } }
        set { if let newValue { match = .prefix(newValue) } }
    }

    /// Reads what a flag says behind `NAME=`: `/exact`, `/prefix/*` or `GET,HEAD /prefix/*`.
    static func parse(
        name: String, rest: String, at path: String, _ reading: inout ConfigurationReading
    ) -> RouteConfiguration {
        var route = RouteConfiguration()
        let parts = rest.split(separator: " ", maxSplits: 1).map(String.init)
        if parts.count == 2 {
            let methods = ValueFormat<[String]>.list(of: .method, atMost: ConfigurationLimits.methodsPerRoute)
            route.methods = methods.parse([parts[0]], "\(path).methods", &reading) ?? []
        }
        let pattern = parts.last ?? ""
        let isPrefix = pattern.hasSuffix("/*")
        let text = isPrefix ? String(pattern.dropLast(pattern.count == 2 ? 1 : 2)) : pattern
        route.name = ValueFormat<String>.routeName.parse([name], "\(path).name", &reading) ?? ""
        if let valid = ValueFormat<String>.requestPath.parse([text], "\(path).path", &reading) {
            route.match = isPrefix ? .prefix(valid) : .exact(valid)
        }
        return route
    }
}

extension ValueFormat where Value == [RouteConfiguration] {
    static let inboundRoutes = routes(flagForm: "NAME=[METHOD[,METHOD] ]PATH[/*]", example: "add=POST /items/*")

    /// Their flag is `--target-route`, which `TargetRouteFlag` reads.
    static let targetRoutes = routes(flagForm: TargetRouteFlag.form, example: TargetRouteFlag.example)

    private static func routes(flagForm: String, example: String) -> ValueFormat {
        .records(
            atMost: ConfigurationLimits.routesPerTarget, flagForm: (flagForm, example),
            parseFlag: { text, path, reading in
                guard let equals = text.firstIndex(of: "=") else { return nil }
                let rest = String(text[text.index(after: equals)...])
                return .parse(name: String(text[..<equals]), rest: rest, at: path, &reading)
            })
    }
}

extension ValueFormat where Value == String {
    fileprivate static let routeName = ValueFormat.scalar(
        "text", sentence: "a route name",
        allowed: "1 … \(ConfigurationLimits.nameBytes) bytes, not `\(RouteConfiguration.defaultName)`",
        example: "checkout",
        parse: { text in
            if text == RouteConfiguration.defaultName { return .outOfRange }
            let isVisible = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            return !isVisible || text.isEmpty
                ? .malformed : text.utf8.count > ConfigurationLimits.nameBytes ? .outOfRange : .value(text)
        },
        encode: { .text($0) })

    /// As it arrives in a request target: encoded, without query.
    fileprivate static let requestPath = ValueFormat.scalar(
        "path", sentence: "a path that begins with /", example: "/checkout",
        parse: { text in
            let isPath = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"?#*".utf8.contains($0) }
            return text.hasPrefix("/") && isPath && text.utf8.count <= ConfigurationLimits.routePathBytes
                ? .value(text) : .malformed
        },
        encode: { .text($0) })

    /// Lower-case methods would be legal and never meant: methods are case-sensitive (RFC 9110 §9.1).
    fileprivate static let method = ValueFormat.scalar(
        "METHOD", sentence: "a method in capitals", example: "GET",
        parse: { text in
            let isMethod = text.utf8.allSatisfy {
                $0 &- UInt8(ascii: "A") < 26 || $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
            return isMethod && (1...32).contains(text.utf8.count) ? .value(text) : .malformed
        },
        encode: { .text($0) })
}
