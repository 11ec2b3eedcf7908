import TLS
import Testing

struct CertificateAnswerTests {
    @Test func `chain and bundle come back from one text, the old and the new anchor included`() throws {
        let mesh = try TestMesh()
        let chain = try mesh.issue("cart").chain
        let anchors = [mesh.anchor.certificate, try TestMesh().anchor.certificate]
        let answer = try CertificateAnswer(pem: CertificateAnswer(chain: chain, anchors: anchors).pem)
        #expect(answer.chain == chain && chain.count == 2)
        #expect(answer.anchors == anchors)
        // The leaf is first, which is what `openssl verify` and `openssl x509` look at.
        #expect(
            try OpenSSLTool.output(["x509", "-noout", "-ext", "subjectAltName"], input: answer.pem).contains("/sa/cart")
        )
    }

    @Test func `half an answer is none`() throws {
        let chain = try TestMesh().issue("cart").chain.pem
        let line = Array("trust bundle\n".utf8)
        #expect(throws: PEMError.missing("trust bundle")) { try CertificateAnswer(pem: chain) }
        #expect(throws: PEMError.missing("certificate")) { try CertificateAnswer(pem: line + chain) }
        #expect(throws: PEMError.missing("certificate")) { try CertificateAnswer(pem: chain + line) }
    }

    @Test func `one who has no identity yet takes its trust domain from the anchors`() throws {
        let mesh = try TestMesh("first.test")
        let bundle = try TrustBundle([mesh.anchor.certificate, TestMesh("second.test").anchor.certificate])
        #expect(bundle.defaultDomain == mesh.trustDomain)
        #expect(
            try WorkloadIdentity.identityService(of: bundle.defaultDomain).id.description
                == "spiffe://first.test/ns/martlet/sa/identity")
    }

    @Test func `a client without a certificate is taken where one is optional, and has no identity`() throws {
        let mesh = try TestMesh()
        var settings = TLSSettings()
        settings.clientCertificates = .optional
        let server = try mesh.context(.server, "cart", settings: settings)
        let pair = try SessionPair(
            client: TLSContext(trusting: mesh.bundle), server: server, clientExpects: mesh.identity("cart").id)
        let results = pair.handshake()
        #expect(results.client == .done && results.server == .done)
        #expect(pair.server.peer == nil)
        #expect(try pair.client.peer?.id == mesh.identity("cart").id)
    }
}
