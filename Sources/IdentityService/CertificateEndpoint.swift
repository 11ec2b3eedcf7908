internal import EventLoop
internal import HTTPTransport
internal import TLS

/// `POST /v1/certificate`. Belongs to the service's loop.
final class CertificateEndpoint {
    var desk: CertificateDesk
    private var budget: RequestBudget
    private let metrics: IdentityServiceMetrics
    private let log: ServiceLog

    init(_ desk: CertificateDesk, requestsPerSecond: Int, metrics: IdentityServiceMetrics, log: ServiceLog) {
        self.desk = desk
        budget = RequestBudget(perSecond: requestsPerSecond)
        self.metrics = metrics
        self.log = log
    }

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        do throws(Refusal) {
            guard budget.take(request.peer.host, now: MonotonicTime.now().nanoseconds) else { throw .rateLimited }
            guard request.path == "/v1/certificate" else { throw .noSuchEndpoint }
            guard request.method == "POST" else { throw .method }
            let credential = try credential(of: request)
            let issuance = try desk.issue(credential, body: request.body, at: .now())
            metrics.issued(credential.word)
            log.info(Self.line(issuance, credential, request.peer))
            return HTTPResponse(contentType: CertificateAnswer.mediaType, body: issuance.answer.pem)
        } catch {
            return refuse(error, request.peer)
        }
    }

    private static func line(
        _ issuance: CertificateDesk.Issuance, _ credential: CertificateDesk.Credential, _ peer: SocketAddress
    ) -> String {
        let leaf = issuance.answer.chain[0]
        return "issued \(issuance.identity.id), serial \(leaf.serialNumber), until \(leaf.notAfter), by "
            + "\(credential.name), to \(peer)"
    }

    /// The token wins: a workload whose certificate was refused would otherwise not get rid of it.
    private func credential(of request: HTTPRequest) throws(Refusal) -> CertificateDesk.Credential {
        guard let authorization = request.fields["authorization"] else {
            guard let client = request.client else { throw .noCredential }
            return .certificate(client)
        }
        // RFC 9110 §11.1: the scheme's case does not count.
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, String(parts[0]).equalsIgnoringCase("Bearer"), let token = JoinToken(String(parts[1]))
        else { throw .malformedToken }
        return .token(token)
    }

    private func refuse(_ refusal: Refusal, _ peer: SocketAddress) -> HTTPResponse {
        // Those have a counter; a line each would let one client fill the disk.
        if refusal != .rateLimited { log.warning("refused \(peer): \(refusal.word): \(refusal.explanation)") }
        return refuse(refusal, status: refusal.status, refusal.explanation)
    }

    /// What HTTP itself refuses: too large, too slow, malformed.
    func refuse(status: Int, _ why: String) -> HTTPResponse { refuse(.transport, status: status, why) }

    private func refuse(_ refusal: Refusal, status: Int, _ why: String) -> HTTPResponse {
        metrics.refused(refusal)
        var response = HTTPResponse.text("martlet: \(why) (\(refusal.word))\n", status: status)
        response.fields.append("Martlet-Reason", refusal.word)
        if refusal == .noCredential { response.fields.append("WWW-Authenticate", "Bearer") }
        if refusal == .method { response.fields.append("Allow", "POST") }
        if refusal == .rateLimited { response.fields.append("Retry-After", "1") }
        return response
    }
}
