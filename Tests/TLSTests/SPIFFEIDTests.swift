import TLS
import Testing

struct SPIFFEIDTests {
    @Test(arguments: [
        ("spiffe://mesh.local/ns/shop/sa/cart", "mesh.local", "/ns/shop/sa/cart"),
        ("spiffe://mesh.local", "mesh.local", ""),
        ("spiffe://a/b", "a", "/b"),
        ("spiffe://under_score.9-9/A.b-C_d/...", "under_score.9-9", "/A.b-C_d/..."),
        ("spiffe://" + String(repeating: "t", count: 255) + "/w", String(repeating: "t", count: 255), "/w"),
        ("spiffe://td/" + String(repeating: "p", count: 2036), "td", "/" + String(repeating: "p", count: 2036)),
    ])
    func `an id is a trust domain and a path`(text: String, domain: String, path: String) throws {
        let id = try SPIFFEID(text)
        #expect(id.trustDomain.name == domain)
        #expect(id.path == path)
        #expect(id.description == text)
        #expect(id.namesWorkload == !path.isEmpty)
    }

    @Test(arguments: [
        ("", SPIFFEIDError.scheme),
        ("https://mesh.local/ns/shop", .scheme),
        ("SPIFFE://mesh.local/ns/shop", .scheme),
        ("spiffe:/mesh.local/ns/shop", .scheme),
        ("spiffe://", .emptyTrustDomain),
        ("spiffe:///ns/shop", .emptyTrustDomain),
        ("spiffe://Mesh.local/ns", .trustDomainCharacter),
        ("spiffe://mesh.local:8443/ns", .trustDomainCharacter),
        ("spiffe://user@mesh.local/ns", .trustDomainCharacter),
        ("spiffe://mesh.local?x=1", .trustDomainCharacter),
        ("spiffe://mesh.local#x", .trustDomainCharacter),
        ("spiffe://méh/ns", .trustDomainCharacter),
        ("spiffe://mesh%2elocal/ns", .trustDomainCharacter),
        ("spiffe://" + String(repeating: "t", count: 256) + "/w", .trustDomainTooLong),
        ("spiffe://td/", .emptySegment),
        ("spiffe://td/ns/", .emptySegment),
        ("spiffe://td//ns", .emptySegment),
        ("spiffe://td/./ns", .dotSegment),
        ("spiffe://td/ns/..", .dotSegment),
        ("spiffe://td/ns?x=1", .pathCharacter),
        ("spiffe://td/ns#x", .pathCharacter),
        ("spiffe://td/n%73", .pathCharacter),
        ("spiffe://td/ns shop", .pathCharacter),
        ("spiffe://td/ns/é", .pathCharacter),
        ("spiffe://td/ns/shop\0.evil", .pathCharacter),
        ("spiffe://td\0/ns", .trustDomainCharacter),
        ("spiffe://td/" + String(repeating: "p", count: 2037), .tooLong),
    ])
    func `what the specification forbids is refused with its reason`(text: String, reason: SPIFFEIDError) {
        #expect(throws: reason) { try SPIFFEID(text) }
    }

    @Test func `two ids that differ in one byte are different`() throws {
        #expect(try SPIFFEID("spiffe://td/ns/a/sa/b") == SPIFFEID("spiffe://td/ns/a/sa/b"))
        #expect(try SPIFFEID("spiffe://td/ns/a/sa/b") != SPIFFEID("spiffe://td/ns/a/sa/B"))
        #expect(try SPIFFEID("spiffe://td/ns/a/sa/b") != SPIFFEID("spiffe://td.x/ns/a/sa/b"))
    }

    @Test func `a workload has one id and one name in the form of DNS names`() throws {
        let workload = try WorkloadIdentity(
            trustDomain: TrustDomain("mesh.local"), namespace: "shop", serviceAccount: "cart")
        #expect(workload.id.description == "spiffe://mesh.local/ns/shop/sa/cart")
        #expect(workload.dnsName == "cart.shop.serviceaccount.identity.mesh.local")
        #expect(try WorkloadIdentity(workload.id) == workload)
    }

    @Test(arguments: [
        "spiffe://td", "spiffe://td/ns/shop", "spiffe://td/ns/shop/sa/cart/more", "spiffe://td/sa/cart/ns/shop",
        "spiffe://td/ns/Shop/sa/cart", "spiffe://td/ns/shop/sa/-cart", "spiffe://td/ns/shop/sa/a_b",
    ])
    func `an id of another form names no workload of Martlet`(text: String) throws {
        let id = try SPIFFEID(text)
        #expect(throws: WorkloadIdentityError.self) { try WorkloadIdentity(id) }
    }

    @Test(arguments: [
        ("", "cart"), ("shop", ""), ("shop.a", "cart"), (String(repeating: "n", count: 64), "cart"), ("shop", "a..b"),
        ("shop", "cart,DNS:evil"), ("shop", "cart/../x"), ("shop", "Cart"),
        ("shop", String(repeating: "a.", count: 110) + "a"),
    ])
    func `names that do not fit into a DNS name are refused`(namespace: String, account: String) throws {
        let domain = try TrustDomain("mesh.local")
        #expect(throws: WorkloadIdentityError.self) {
            try WorkloadIdentity(trustDomain: domain, namespace: namespace, serviceAccount: account)
        }
    }
}
