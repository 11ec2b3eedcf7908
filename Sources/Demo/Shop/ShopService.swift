package import EventLoop
import HTTPTransport

/// One service of the shop. It speaks plain HTTP/1.1, forwards the trace headers, and knows of no mesh.
///
/// Two decisions make a drill exact. A failed dependency is tolerated: the answer is 200 and names it in `degraded`, as
/// does every answer above it, so only the broken service loses its success rate, exactly one service is paged, and the
/// customer's side can count what went wrong. A failing service still makes its calls before it answers 500, so nobody
/// behind it loses traffic.
package final class ShopService {
    private let name: ServiceName
    private let loop: EventLoop
    private let dependencies: DependencyClient
    private var behaviour: Behaviour
    private var random = SystemRandomNumberGenerator()
    private var server: HTTPServer?

    /// - Throws: `SystemError` when the address is taken.
    package init(
        _ name: ServiceName, listening address: SocketAddress, outgoing: Outgoing, loop: EventLoop
    ) throws(SystemError) {
        self.name = name
        self.loop = loop
        dependencies = DependencyClient(outgoing, loop: loop)
        behaviour = Behaviour(latency: Shop.latency(of: name))
        server = try HTTPServer(binding: address, loop: loop) { [bound = LoopBound(self, loop: loop)] request in
            await bound.value.answer(request)
        }
    }

    package var address: SocketAddress? { server?.address }

    package func start() { server?.start() }

    package func stop() {
        server?.stop()
        server = nil
    }

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        if request.path == "/_health" { return .text("ok\n") }
        if request.path == "/_control" { return control(request) }
        guard let operation = Shop.operation(of: name, method: request.method, path: request.path) else {
            return .text("\(name.rawValue) has no \(request.method) \(request.path)\n", status: 404)
        }
        let fails = Double.random(in: 0..<1, using: &random) < behaviour.failureRate
        let latency = behaviour.latency.sample(using: &random)
        await loop.sleep(for: latency)
        let degraded = await failing(of: operation.calls, fields: TraceHeaders.forwarded(from: request.fields))
        if fails { return .json(#"{"service":"\#(name.rawValue)","error":"out of order"}"# + "\n", status: 500) }
        let names = degraded.map { #""\#($0.rawValue)""# }.joined(separator: ",")
        return .json(#"{"service":"\#(name.rawValue)","degraded":[\#(names)]}"# + "\n")
    }

    private func control(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == "POST" else { return .json(behaviour.json) }
        if let fault = behaviour.change(to: request) { return .text(fault + "\n", status: 400) }
        return .json(behaviour.json)
    }

    /// Makes the calls at once and returns which services failed in them.
    private func failing(of calls: [Call], fields: HTTPFields) async -> [ServiceName] {
        guard !calls.isEmpty else { return [] }
        let bound = LoopBound(dependencies, loop: loop)
        return await withTaskGroup(of: [ServiceName].self) { group in
            for call in calls { group.addTask { await bound.value.failed(in: call, fields: fields) } }
            var failed: Set<ServiceName> = []
            for await names in group { failed.formUnion(names) }
            return ServiceName.allCases.filter(failed.contains)
        }
    }
}
