/// Which services a trace went through, in whose order of calling: what must be the same for every request of a route.
struct TraceShape: Equatable, CustomStringConvertible {
    let node: String
    /// In alphabetical order, since calls that are made at once may begin in any.
    let children: [TraceShape]

    init(_ node: String, _ children: [TraceShape]) {
        self.node = node
        self.children = children.sorted { $0.description < $1.description }
    }

    var description: String {
        children.isEmpty ? node : "\(node)(\(children.map(\.description).joined(separator: " ")))"
    }

    /// The shape that a request to web must have: a server span for each service that takes part, a client span for
    /// each call.
    init?(of route: LoadRoute) {
        self.init(of: .web, method: route.method, path: route.path)
    }

    private init?(of service: ServiceName, method: String, path: String) {
        guard let operation = Shop.operation(of: service, method: method, path: path) else { return nil }
        let calls = operation.calls.compactMap { call in
            TraceShape(of: call.service, method: call.method, path: call.path).map {
                TraceShape("\(service.rawValue):client", [$0])
            }
        }
        self.init("\(service.rawValue):server", calls)
    }

    /// The shape that a recorded trace has below one of its spans.
    init(of trace: Trace, below span: Trace.Span) {
        self.init("\(span.service):\(span.kind)", trace.children(of: span).map { TraceShape(of: trace, below: $0) })
    }
}

extension Trace {
    /// What keeps the trace from being one joined whole with every hop; nil when nothing does.
    var fault: String? {
        guard orphans.isEmpty else { return "\(orphans.count) orphan spans" }
        guard roots.count == 1 else { return "\(roots.count) roots" }
        let root = roots[0]
        guard let path = root.tags["url.path"], let method = root.tags["http.request.method"] else {
            return "root without method and path"
        }
        guard let expected = TraceShape(of: LoadRoute(method: method, path: path)) else {
            return "unknown path \(path)"
        }
        let found = TraceShape(of: self, below: root)
        return found == expected ? nil : "found \(found), expected \(expected)"
    }
}
