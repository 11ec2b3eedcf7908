import TLS
import Testing

struct CertificateAuthorityTests {
    @Test func `openssl verifies the chain for a server and for a client`() throws {
        let mesh = try TestMesh()
        let issued = try mesh.issue("cart")
        try OpenSSLTool.withDirectory { directory in
            let anchor = try directory.write(mesh.anchor.certificate.pem, as: "anchor.pem")
            let issuer = try directory.write(mesh.issuer.certificate.pem, as: "issuer.pem")
            let leaf = try directory.write(issued.chain[0].pem, as: "leaf.pem")
            for purpose in ["sslserver", "sslclient"] {
                let output = try OpenSSLTool.output([
                    "verify", "-x509_strict", "-auth_level", "2", "-purpose", purpose, "-CAfile", anchor, "-untrusted",
                    issuer, leaf,
                ])
                #expect(output == "\(leaf): OK\n")
            }
        }
    }

    @Test func `openssl reads from a leaf what the X.509-SVID specification asks for`() throws {
        let text = try OpenSSLTool.output(["x509", "-noout", "-text"], input: TestMesh().issue("cart").chain[0].pem)
        let lines = text.split(separator: "\n").map { $0.trimming(while: { $0 == " " }) }
        #expect(text.contains("Subject: \n"))
        #expect(
            lines.follow("X509v3 Subject Alternative Name: critical")
                == "URI:spiffe://mesh.test/ns/shop/sa/cart, DNS:cart.shop.serviceaccount.identity.mesh.test")
        #expect(lines.follow("X509v3 Basic Constraints: critical") == "CA:FALSE")
        #expect(lines.follow("X509v3 Key Usage: critical") == "Digital Signature")
        #expect(
            lines.follow("X509v3 Extended Key Usage: ")
                == "TLS Web Server Authentication, TLS Web Client Authentication")
        #expect(text.contains("ASN1 OID: prime256v1"))
        #expect(text.contains("Signature Algorithm: ecdsa-with-SHA256"))
    }

    @Test func `openssl reads from anchor and issuer what an authority needs`() throws {
        let mesh = try TestMesh()
        for (certificate, pathLength) in [(mesh.anchor.certificate, 1), (mesh.issuer.certificate, 0)] {
            let text = try OpenSSLTool.output(["x509", "-noout", "-text"], input: certificate.pem)
            let lines = text.split(separator: "\n").map { $0.trimming(while: { $0 == " " }) }
            #expect(lines.follow("X509v3 Basic Constraints: critical") == "CA:TRUE, pathlen:\(pathLength)")
            #expect(lines.follow("X509v3 Key Usage: critical") == "Certificate Sign, CRL Sign")
            #expect(lines.follow("X509v3 Subject Alternative Name: ") == "URI:spiffe://mesh.test")
        }
    }

    @Test func `lifetimes count from now, are dated back by the clock skew, and end with the issuer`() throws {
        let now = WallTime(secondsSinceEpoch: 1_800_000_000)
        let mesh = try TestMesh(at: now)
        #expect(mesh.anchor.certificate.notBefore == now.advanced(bySeconds: -20))
        #expect(mesh.anchor.certificate.notAfter == now.advanced(bySeconds: 3650 * day))
        #expect(mesh.issuer.certificate.notAfter == now.advanced(bySeconds: 365 * day))
        let leaf = try mesh.issue("cart", at: now).chain[0]
        #expect(leaf.notBefore == now.advanced(bySeconds: -20))
        #expect(leaf.notAfter == now.advanced(bySeconds: day))
        let late = now.advanced(bySeconds: 365 * day - 60)
        #expect(try mesh.issue("cart", at: late).chain[0].notAfter == mesh.issuer.certificate.notAfter)
        #expect(throws: CertificateAuthorityError.expired(mesh.issuer.certificate.notAfter)) {
            try mesh.issue("cart", at: now.advanced(bySeconds: 365 * day))
        }
        #expect(
            mesh.anchor.makeIssuer(lifetimeSeconds: 9999 * day, at: now).certificate.notAfter
                == mesh.anchor.certificate.notAfter)
    }

    @Test func `serial numbers are 127 random bits`() throws {
        let mesh = try TestMesh()
        let serials = try (0..<8).map { _ in try mesh.issue("cart").chain[0].serialNumber }
        #expect(Set(serials).count == 8)
        #expect(serials.allSatisfy { $0.count == 32 })
    }

    @Test func `an authority comes back from its files`() throws {
        let mesh = try TestMesh()
        let key = try PrivateKey(pem: mesh.issuer.key.pem)
        let chain = try Certificate.all(inPEM: [mesh.issuer.certificate, mesh.anchor.certificate].pem)
        let read = try CertificateAuthority(key: key, chain: chain)
        #expect(read.trustDomain == mesh.trustDomain)
        #expect(read.intermediates == [mesh.issuer.certificate])
        let chainOfLeaf = try read.issue(mesh.identity("cart"), at: .now()).chain
        #expect(try mesh.bundle.verify(chainOfLeaf, at: .now()).id == mesh.identity("cart").id)
    }

    @Test func `files that make no authority are refused`() throws {
        let mesh = try TestMesh()
        let leaf = try mesh.issue("cart")
        #expect(throws: CertificateAuthorityError.notAuthority) {
            try CertificateAuthority(key: leaf.key, chain: leaf.chain)
        }
        #expect(throws: CertificateAuthorityError.otherKey) {
            try CertificateAuthority(key: leaf.key, chain: [mesh.issuer.certificate])
        }
    }

    @Test func `a workload of another trust domain is not issued`() throws {
        let mesh = try TestMesh()
        let stranger = try TestMesh("other.test").identity("cart")
        #expect(throws: CertificateAuthorityError.otherTrustDomain(stranger, own: mesh.trustDomain)) {
            try mesh.issuer.issue(stranger, at: .now())
        }
    }

    @Test func `a request is granted for its key, and openssl reads it`() throws {
        let mesh = try TestMesh()
        let key = PrivateKey.make()
        let pem = try CertificateRequest(for: mesh.identity("cart"), key: key).pem
        #expect(try OpenSSLTool.output(["req", "-noout", "-verify"], input: pem).contains("verify OK"))
        let chain = try mesh.issuer.issue(mesh.identity("cart"), for: CertificateRequest(pem: pem), at: .now())
        #expect(chain.count == 2)
        #expect(try mesh.bundle.verify(chain, at: .now()).id == mesh.identity("cart").id)
        let asked = try OpenSSLTool.output(["pkey", "-pubout"], input: key.pem)
        let granted = try OpenSSLTool.output(["x509", "-noout", "-pubkey"], input: chain[0].pem)
        #expect(asked == granted)
    }

    @Test func `a request that names nobody is granted as whoever asks`() throws {
        let mesh = try TestMesh()
        let pem = CertificateRequest(key: .make()).pem
        #expect(try OpenSSLTool.output(["req", "-noout", "-verify"], input: pem).contains("verify OK"))
        let chain = try mesh.issuer.issue(mesh.identity("cart"), for: CertificateRequest(pem: pem), at: .now())
        #expect(try mesh.bundle.verify(chain, at: .now()).id == mesh.identity("cart").id)
    }

    struct Asked: Sendable {
        var names: String
        var key = "P-256"
        var error: CertificateRequestError
    }

    static let cart = "spiffe://mesh.test/ns/shop/sa/cart"
    static let otherIdentity = CertificateRequestError.otherIdentity(wanted: try! SPIFFEID(cart))

    @Test(arguments: [
        Asked(names: "URI:spiffe://mesh.test/ns/shop/sa/payment", error: otherIdentity),
        Asked(names: "URI:\(cart),URI:spiffe://mesh.test/ns/shop/sa/payment", error: otherIdentity),
        Asked(names: "DNS:cart.shop.serviceaccount.identity.mesh.test", error: otherIdentity),
        Asked(names: "URI:\(cart),DNS:evil.test", error: .otherNames),
        Asked(names: "URI:\(cart),IP:127.0.0.1", error: .otherNames),
        Asked(names: "URI:\(cart),email:a@mesh.test", error: .otherNames),
        Asked(names: "URI:\(cart)", key: "rsa:2048", error: .keyAlgorithm("RSA with 2048 bits")),
        Asked(names: "URI:\(cart)", key: "P-384", error: .keyAlgorithm("ECDSA P-384")),
    ])
    func `a request made by openssl for anything else is refused`(asked: Asked) throws {
        let mesh = try TestMesh()
        let curve =
            asked.key.hasPrefix("rsa")
            ? ["-newkey", asked.key] : ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:\(asked.key)"]
        let output = try OpenSSLTool.output(
            [
                "req", "-new", "-nodes", "-batch", "-subj", "/", "-keyout", "/dev/null", "-addext",
                "subjectAltName=\(asked.names)",
            ]
                + curve)
        let request = try CertificateRequest(pem: Array(output.utf8))
        do {
            _ = try mesh.issuer.issue(mesh.identity("cart"), for: request, at: .now())
            Issue.record("granted \(asked.names)")
        } catch let error as CertificateAuthorityError {
            #expect(error == .request(asked.error))
        }
    }

    @Test func `a request whose signature is wrong is refused`() throws {
        let mesh = try TestMesh()
        let pem = try CertificateRequest(for: mesh.identity("cart"), key: .make()).pem
        let der = try OpenSSLTool.outputBytes(["req", "-outform", "DER"], input: pem)
        var changed = der
        changed[changed.count - 1] ^= 1
        let forged = try OpenSSLTool.outputBytes(["req", "-inform", "DER"], input: changed)
        let request = try CertificateRequest(pem: forged)
        do {
            _ = try mesh.issuer.issue(mesh.identity("cart"), for: request, at: .now())
            Issue.record("granted a forged request")
        } catch let error as CertificateAuthorityError {
            #expect(error == .request(.badSignature))
        }
    }
}
