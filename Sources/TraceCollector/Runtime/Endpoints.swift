internal import EventLoop
internal import HTTPTransport
internal import MetricsExporter

/// `POST /v1/traces`, and the same over gRPC.
struct ReceiveEndpoint: Sendable {
    let core: CollectorCore

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        if request.isGRPC { return HTTPResponse(core.receive(ExportCall(request))) }
        return response(
            core.receive(
                ExportRequest(
                    method: request.method, path: request.path, contentType: request.fields["content-type"],
                    contentEncoding: request.fields["content-encoding"], body: request.body)))
    }

    /// OTLP's errors have a form of their own, also where HTTP is what is wrong.
    func refuse(_ refusal: HTTPRefusal) -> HTTPResponse {
        let why = ExportRefusal.transport(status: refusal.status, why: refusal.why)
        if refusal.request?.isGRPC == true { return HTTPResponse(core.refuseCall(why)) }
        return response(core.refuse(why))
    }

    private func response(_ answer: ExportResponse) -> HTTPResponse {
        var fields = HTTPFields()
        for header in answer.headers { fields.append(header.name, header.value) }
        return HTTPResponse(status: answer.status, fields: fields, body: answer.body)
    }
}

/// The Jaeger API.
struct QueryEndpoint: Sendable {
    let query: LoopBound<JaegerQuery>

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        if request.path == "/" { return .text("Jaeger API: /api/services, /api/traces, /api/dependencies\n") }
        let answer = query.value.answer(
            method: request.method, segments: request.segments, items: request.queryItems,
            now: WallClock.nanoseconds())
        return HTTPResponse(status: answer.status, contentType: "application/json", body: answer.body)
    }
}

/// What Prometheus scrapes, and what a supervisor asks.
struct MetricsEndpoint: Sendable {
    let registry: Registry

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .text("only GET\n", status: 405) }
        switch request.path {
        case "/metrics": return exposition(request)
        case "/ready": return .text("ready\n")
        case "/live", "/": return .text("live\n")
        default: return .text("no such endpoint; there are /metrics /ready /live\n", status: 404)
        }
    }

    private func exposition(_ request: HTTPRequest) -> HTTPResponse {
        let exposition = registry.render(
            accept: request.fields["accept"], acceptEncoding: request.fields["accept-encoding"])
        var fields = HTTPFields()
        if let encoding = exposition.contentEncoding { fields.append("Content-Encoding", encoding) }
        return HTTPResponse(contentType: exposition.contentType, fields: fields, body: exposition.body)
    }
}
