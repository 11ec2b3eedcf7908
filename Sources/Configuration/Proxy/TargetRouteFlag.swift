/// `--target-route cart/add=POST /items/*`: a route for a target that the file or a flag names.
enum TargetRouteFlag {
    static let form = "TARGET/NAME=[METHOD[,METHOD] ]PATH[/*]"
    static let example = "cart/add=POST /items/*"

    /// Runs after the targets are known. The first route of a target replaces those that the file gave it.
    @Sendable
    static func assign(
        _ texts: [String], to configuration: inout ProxyConfiguration, _ reading: inout ConfigurationReading
    ) {
        var replaced: Set<Int> = []
        for text in texts {
            let equals = text.firstIndex(of: "=") ?? text.endIndex
            guard let slash = text[..<equals].firstIndex(of: "/"), equals != text.endIndex else {
                reportMalformed(text, &reading)
                continue
            }
            let name = String(text[..<slash])
            guard let index = configuration.indexOfTarget(name, for: "routes", &reading) else { continue }
            let path = "outbound.targets[\(index)].routes"
            if replaced.insert(index).inserted {
                configuration.outbound?.targets[index].routes = []
                reading.note(path, flag: "target-route")
            }
            let count = configuration.outbound?.targets[index].routes.count ?? 0
            let route = RouteConfiguration.parse(
                name: String(text[text.index(after: slash)..<equals]),
                rest: String(text[text.index(after: equals)...]), at: "\(path)[\(count)]", &reading)
            configuration.outbound?.targets[index].routes.append(route)
        }
    }

    private static func reportMalformed(_ text: String, _ reading: inout ConfigurationReading) {
        reading.report(
            .malformed(found: quoted(text), allowed: form, example: example), at: "outbound.targets[].routes")
    }
}
