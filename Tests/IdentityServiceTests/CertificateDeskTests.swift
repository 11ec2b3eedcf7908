import Configuration
import EventLoop
import Foundation
import HTTPTransport
import MetricsExporter
import TLS
import Testing

@testable import IdentityService

struct CertificateDeskTests {
    /// A desk with a mesh and tokens of its own, in a directory that goes with the test.
    private final class Office {
        let directory: IdentityDirectory
        let desk: CertificateDesk
        static let begin = WallTime.now()

        init(lifetimeSeconds: Int64 = 3_600) throws {
            let path = FileManager.default.temporaryDirectory.appending(path: "martlet-desk-\(UUID().uuidString)").path
            directory = IdentityDirectory(path)
            let anchor = CertificateAuthority.makeAnchor(trustDomain: try TrustDomain("mesh.test"), at: Self.begin)
            try directory.write(anchor: anchor, issuer: anchor.makeIssuer(at: Self.begin), replaces: false)
            let files = SigningIdentity.Files(
                issuerKey: directory.issuerKey, issuerChain: directory.issuerCertificate, trustBundle: directory.bundle)
            desk = CertificateDesk(
                signing: try SigningIdentity(files, at: Self.begin), tokens: directory.tokens,
                lifetimeSeconds: lifetimeSeconds)
        }

        deinit { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: directory.path) } }

        func workload(_ name: String, namespace: String = "shop", domain: String = "mesh.test") throws
            -> WorkloadIdentity
        {
            try WorkloadIdentity(trustDomain: TrustDomain(domain), namespace: namespace, serviceAccount: name)
        }

        func token(for identity: WorkloadIdentity, uses: Int? = 1) throws -> JoinToken {
            try directory.tokens.create(
                name: "token", for: identity, uses: uses, expires: Self.begin.advanced(bySeconds: 60))
        }
    }

    private static let anyone = CertificateRequest(key: .make()).pem

    @Test func `a token buys one certificate, of the lifetime that is set, which the bundle beside it vouches for`()
        throws
    {
        let office = try Office()
        let token = try office.token(for: office.workload("cart"))
        let issued = try office.desk.issue(.token(token), body: Self.anyone, at: Office.begin)
        let bundle = try TrustBundle(issued.answer.anchors)
        let peer = try bundle.verify(issued.answer.chain, at: Office.begin)
        #expect(peer.id.description == "spiffe://mesh.test/ns/shop/sa/cart")
        #expect(peer.notAfter == Office.begin.advanced(bySeconds: 3_600))
        #expect(throws: Refusal.usedToken) {
            try office.desk.issue(.token(token), body: Self.anyone, at: Office.begin)
        }
    }

    @Test func `a request with a mistake costs no use of the token`() throws {
        let office = try Office()
        let cart = try office.workload("cart")
        let token = try office.token(for: cart)
        let other = CertificateRequest(for: try office.workload("payment"), key: .make()).pem
        let mistakes: [([UInt8], Refusal)] = [
            ([], .malformedRequest), (Array("no request".utf8), .malformedRequest), (other, .otherIdentity),
        ]
        for (body, refusal) in mistakes {
            #expect(throws: refusal) { try office.desk.issue(.token(token), body: body, at: Office.begin) }
        }
        let own = CertificateRequest(for: cart, key: .make()).pem
        #expect(try office.desk.issue(.token(token), body: own, at: Office.begin).identity == cart)
    }

    @Test func `a token is refused after its time, with a wrong secret, and for whom nobody may be`() throws {
        let office = try Office()
        let token = try office.token(for: office.workload("cart"))
        let later = Office.begin.advanced(bySeconds: 60)
        #expect(throws: Refusal.expiredToken) { try office.desk.issue(.token(token), body: Self.anyone, at: later) }
        #expect(throws: Refusal.unknownToken) {
            try office.desk.issue(.token(.make(name: "token")), body: Self.anyone, at: Office.begin)
        }
        for (name, namespace, domain) in [("identity", "martlet", "mesh.test"), ("cart", "shop", "other.test")] {
            try office.directory.tokens.revoke("token")
            let forbidden = try office.token(for: office.workload(name, namespace: namespace, domain: domain))
            #expect(throws: Refusal.identityNotAllowed) {
                try office.desk.issue(.token(forbidden), body: Self.anyone, at: Office.begin)
            }
        }
    }

    @Test func `a certificate is renewed for its own workload while it is valid`() throws {
        let office = try Office()
        let cart = try office.workload("cart")
        let peer = try office.desk.signing.bundle.verify(
            office.desk.signing.authority.issue(cart, lifetimeSeconds: 100, at: Office.begin).chain, at: Office.begin)
        let issue = { (body: [UInt8], seconds: Int64) in
            try office.desk.issue(
                .certificate(peer), body: body, at: Office.begin.advanced(bySeconds: seconds)
            ).identity
        }
        #expect(try issue(Self.anyone, 99) == cart)
        #expect(throws: Refusal.expiredCertificate) { try issue(Self.anyone, 100) }
        let other = CertificateRequest(for: try office.workload("payment"), key: .make()).pem
        #expect(throws: Refusal.otherIdentity) { try issue(other, 0) }
    }

    @Test func `who is denied gets nothing for a token or a certificate, until allowed again`() throws {
        let office = try Office()
        let (cart, payment) = (try office.workload("cart"), try office.workload("payment"))
        let token = try office.token(for: cart)
        let peer = try office.desk.signing.bundle.verify(
            office.desk.signing.authority.issue(cart, at: Office.begin).chain, at: Office.begin)
        try office.desk.tokens.deny(cart)
        for credential in [CertificateDesk.Credential.token(token), .certificate(peer)] {
            #expect(throws: Refusal.deniedWorkload) {
                try office.desk.issue(credential, body: Self.anyone, at: Office.begin)
            }
        }
        #expect(try office.desk.tokens.denied() == [cart.id.description])
        #expect(!office.desk.tokens.isDenied(payment))
        #expect(try office.desk.tokens.allow(cart))
        #expect(try office.desk.tokens.allow(cart) == false)
        #expect(try office.desk.issue(.token(token), body: Self.anyone, at: Office.begin).identity == cart)
    }

    @Test func `nothing is issued under an issuer that has expired`() throws {
        let office = try Office()
        let token = try office.directory.tokens.create(
            name: "token", for: office.workload("cart"), uses: 1, expires: Office.begin.advanced(bySeconds: 1 << 32))
        #expect(throws: Refusal.issuerExpired) {
            try office.desk.issue(.token(token), body: Self.anyone, at: office.desk.signing.issuerExpiry)
        }
    }

    @Test func `an issuer that the bundle does not vouch for is not taken`() throws {
        let (office, other) = (try Office(), try Office())
        let files = SigningIdentity.Files(
            issuerKey: office.directory.issuerKey, issuerChain: office.directory.issuerCertificate,
            trustBundle: other.directory.bundle)
        #expect(
            throws: IdentityError(
                files.issuerChain,
                "those who trust \(files.trustBundle) refuse what it signs: no anchor of the trust bundle stands behind it"
            )
        ) { try SigningIdentity(files, at: Office.begin) }
    }

    // MARK: The endpoint

    private func respond(
        _ office: Office, _ method: String = "POST", _ path: String = "/v1/certificate", _ fields: HTTPFields = [:],
        rate: Int = 100
    ) throws -> HTTPResponse {
        let endpoint = CertificateEndpoint(
            office.desk, requestsPerSecond: rate, metrics: try IdentityServiceMetrics(Registry()),
            log: ServiceLog(level: .error))
        let peer = try #require(SocketAddress("127.0.0.1:1"))
        var last = HTTPResponse()
        for _ in 0..<(rate == 1 ? 11 : 1) {
            last = endpoint.answer(
                HTTPRequest(method: method, target: path, fields: fields, peer: peer, body: Self.anyone))
        }
        return last
    }

    @Test func `a refusal says why in its status, a header and its body`() throws {
        let office = try Office()
        let token = try office.token(for: office.workload("cart"))
        let cases: [(HTTPResponse, Int, String)] = [
            (try respond(office), 401, "no_credential"),
            (try respond(office, "GET"), 405, "method"),
            (try respond(office, "POST", "/"), 404, "no_such_endpoint"),
            (try respond(office, "POST", "/v1/certificate", ["Authorization": "Basic x"]), 401, "malformed_token"),
            (try respond(office, "POST", "/v1/certificate", ["Authorization": "Bearer x"]), 401, "malformed_token"),
            (try respond(office, rate: 1), 429, "rate_limited"),
        ]
        for (response, status, word) in cases {
            #expect(response.status == status && response.fields["martlet-reason"] == word, "\(word)")
            #expect(response.text.contains("(\(word))"))
        }
        let granted = try respond(office, "POST", "/v1/certificate", ["authorization": "bearer \(token.text)"])
        #expect(granted.status == 200 && granted.fields["content-type"] == "application/x-pem-file")
    }
}
