/// How many requests each service and each edge must have had, from what the load generator counted alone.
enum ExpectedTraffic {
    static func counts(_ sent: [LoadRoute: Int]) -> [SignalSubject: Int] {
        var counts: [SignalSubject: Int] = [:]
        func visit(_ service: ServiceName, _ method: String, _ path: String, _ number: Int) {
            counts[.service(service), default: 0] += number
            for call in Shop.operation(of: service, method: method, path: path)?.calls ?? [] {
                counts[.edge(from: service, to: call.service), default: 0] += number
                visit(call.service, call.method, call.path, number)
            }
        }
        for (route, number) in sent { visit(.web, route.method, route.path, number) }
        return counts
    }
}
