import Configuration
import EventLoop
import HTTPTransport
import MetricsExporter

/// What an operator or a scraper can ask of a proxy. Runs on the control loop, never on a worker's.
struct AdminEndpoints: Sendable {
    let registry: Registry
    let state: ProxyState

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        switch (request.method, request.path) {
        case ("GET", "/metrics"), ("HEAD", "/metrics"): metrics(request)
        case ("GET", "/live"), ("HEAD", "/live"): .text("live\n")
        case ("GET", "/ready"), ("HEAD", "/ready"): readiness
        case ("GET", "/config"):
            HTTPResponse(contentType: "application/yaml", body: Array(state.configuration.rendered().utf8))
        case ("GET", "/log-level"): .text("\(state.logLevel.rawValue)\n")
        case ("PUT", "/log-level"), ("POST", "/log-level"): setLogLevel(request)
        case ("POST", "/shutdown"): shutdown(request)
        case ("GET", "/"): .text(Self.index)
        default: unknown(request)
        }
    }

    private static let paths = ["/", "/metrics", "/live", "/ready", "/config", "/log-level", "/shutdown"]

    private static let index = """
        martlet-proxy admin
        GET  /metrics     Prometheus exposition (text, OpenMetrics or protobuf by Accept)
        GET  /live        200 while the process runs
        GET  /ready       200 while requests are accepted, 503 while starting or draining, or with an expired identity
        GET  /config      the effective configuration as YAML
        GET  /log-level   the least severe level that is logged; PUT one of error, warning, info, debug, trace
        POST /shutdown    drains and ends the process; from loopback only, when admin.allowShutdown is on

        """

    private func metrics(_ request: HTTPRequest) -> HTTPResponse {
        let exposition = registry.render(
            accept: request.fields["accept"], acceptEncoding: request.fields["accept-encoding"])
        var fields = HTTPFields()
        if let encoding = exposition.contentEncoding { fields.append("Content-Encoding", encoding) }
        return HTTPResponse(contentType: exposition.contentType, fields: fields, body: exposition.body)
    }

    private var readiness: HTTPResponse {
        switch state.phase {
        case .starting: .text("starting\n", status: 503)
        case .ready where state.hasIdentityExpired: .text("identity expired\n", status: 503)
        case .ready: .text("ready\n")
        case .draining: .text("draining\n", status: 503)
        }
    }

    private func setLogLevel(_ request: HTTPRequest) -> HTTPResponse {
        let found = request.text.split(whereSeparator: \.isWhitespace).joined()
        guard let level = LogLevel(rawValue: found) else {
            let allowed = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
            return .text("\"\(found)\" is not a log level; allowed are \(allowed)\n", status: 400)
        }
        state.logLevel = level
        return .text("\(level.rawValue)\n")
    }

    private func shutdown(_ request: HTTPRequest) -> HTTPResponse {
        guard state.configuration.admin.allowShutdown else {
            return .text("shutdown is off; set admin.allowShutdown to allow it\n", status: 403)
        }
        guard request.peer.isLoopback else { return .text("shutdown is allowed from loopback only\n", status: 403) }
        state.requestShutdown()
        return .text("draining\n", status: 202)
    }

    private func unknown(_ request: HTTPRequest) -> HTTPResponse {
        if Self.paths.contains(request.path) { return .text("\(request.method) is not allowed here\n", status: 405) }
        return .text("no such endpoint; there are \(Self.paths.joined(separator: " "))\n", status: 404)
    }
}
