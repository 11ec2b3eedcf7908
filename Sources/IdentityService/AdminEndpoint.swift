internal import HTTPTransport
internal import MetricsExporter

/// What Prometheus scrapes, and what a supervisor asks.
struct AdminEndpoint: Sendable {
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
