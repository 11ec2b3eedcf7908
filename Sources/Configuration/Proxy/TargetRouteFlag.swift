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
            let name = TargetConfiguration(name: String(text[..<slash]), endpoints: []).comparableName
            let targets = configuration.outbound?.targets ?? []
            guard let index = targets.firstIndex(where: { $0.comparableName == name }) else {
                let known = targets.isEmpty ? "there is none" : "there are \(list(targets.map(\.name)))"
                let sentence = "no target is named \(quoted(String(text[..<slash]))); \(known)"
                reading.report(.conflict(sentence), at: "outbound.targets[].routes")
                continue
            }
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

    /// The first few names, so that a long list stays readable.
    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }
}
