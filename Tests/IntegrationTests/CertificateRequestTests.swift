import EventLoop
import Foundation
import TLS
import Testing

/// `openssl` makes the requests and judges the answers, `curl` carries them.
@Suite("Asking for certificates with openssl and curl", .timeLimit(.minutes(2)))
struct CertificateRequestTests {
    /// Runs a line of shell in the mesh's directory. - Returns: its output and exit code.
    private func shell(
        _ line: String, _ mesh: MeshIdentities, _ loop: EventLoop
    ) async throws -> (output: String, code: Int32) {
        let program = try StartedProgram(
            "/bin/sh", ["-c", "cd \(mesh.directory.path) && \(line)"], loop: loop)
        let code = try await program.ended()
        let output = program.log
        try await program.remove()
        return (output, code)
    }

    private static let newRequest =
        "openssl req -new -nodes -batch -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout own.key -out own.csr -subj / "

    /// What curl is told besides the request: the server is known by its name and the trust bundle alone.
    private func curl(_ service: IdentityServiceProcess, _ arguments: String) throws -> String {
        let name = try WorkloadIdentity.identityService(of: service.mesh.domain).dnsName
        let port = service.address.port
        return
            "curl -sS --max-time 30 --cacert trust-bundle.pem --resolve \(name):\(port):\(service.address.host) "
            + "https://\(name):\(port)/v1/certificate -w '%{http_code}' \(arguments)"
    }

    @Test("a request of openssl is granted by token, renewed by certificate, and openssl verifies both answers")
    func granted() async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities()) { service in
                let file = try service.token("cart", uses: 1)
                let id = try service.mesh.id("cart")
                let names = "-addext subjectAltName=URI:\(id)"
                let made = try await shell(Self.newRequest + names, service.mesh, loop)
                #expect(made.code == 0, "\(made.output)")
                let credentials = [
                    "-H \"Authorization: Bearer $(cat \(file))\" -o first.pem",
                    "--cert first.pem --key own.key -o second.pem",
                ]
                for (credential, answer) in zip(credentials, ["first.pem", "second.pem"]) {
                    let asked = try await shell(
                        curl(service, "--data-binary @own.csr \(credential)"), service.mesh, loop)
                    #expect(asked.output == "200")
                    let verified = try await shell(
                        "openssl verify -CAfile trust-bundle.pem -untrusted \(answer) \(answer) && openssl x509 -noout "
                            + "-ext subjectAltName -in \(answer)", service.mesh, loop)
                    #expect(verified.output.hasPrefix("\(answer): OK\n"))
                    #expect(
                        verified.output.contains("URI:\(id), DNS:cart.default.serviceaccount.identity.shop.example"))
                }
            }
        }
    }

    /// A request that must not be granted.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Shell that writes `own.csr`, for the token of `cart`.
        let make: String
        let status: Int
        let word: String
        var path = "--data-binary @own.csr"
    }

    static let wrong = [
        Wrong(
            testDescription: "of another workload",
            make: newRequest + "-addext subjectAltName=URI:spiffe://shop.example/ns/default/sa/payment", status: 403,
            word: "other_identity"),
        Wrong(
            testDescription: "for another host's name beside its own",
            make: newRequest
                + "-addext subjectAltName=URI:spiffe://shop.example/ns/default/sa/cart,DNS:payment.example",
            status: 403,
            word: "other_names"),
        Wrong(
            testDescription: "with a forged signature",
            make: newRequest
                + "&& openssl req -in own.csr -outform DER -out own.der && size=$(stat -c %s own.der) && printf '\\000' | "
                + "dd of=own.der bs=1 seek=$((size - 3)) conv=notrunc 2>/dev/null && printf '\\377' | dd of=own.der bs=1 "
                + "seek=$((size - 2)) conv=notrunc 2>/dev/null && openssl req -inform DER -in own.der -out own.csr",
            status: 400, word: "request_signature"),
        Wrong(
            testDescription: "with a key on P-384", make: newRequest.replacing("P-256", with: "P-384"), status: 400,
            word: "request_key"),
        Wrong(
            testDescription: "with an RSA key",
            make: "openssl req -new -nodes -batch -newkey rsa:2048 -keyout own.key -out own.csr -subj /", status: 400,
            word: "request_key"),
        Wrong(testDescription: "that is none", make: "echo hello >own.csr", status: 400, word: "malformed_request"),
        Wrong(
            testDescription: "of a megabyte", make: "head -c 1000000 /dev/zero >own.csr", status: 413, word: "transport"
        ),
        Wrong(
            testDescription: "by GET", make: newRequest, status: 405, word: "method", path: "--get"),
    ]

    @Test("a request is refused and costs no use of the token", arguments: wrong)
    func refused(wrong: Wrong) async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities()) { service in
                let file = try service.token("cart", uses: 1)
                let made = try await shell("{ \(wrong.make); } 2>&1", service.mesh, loop)
                #expect(made.code == 0, "\(made.output)")
                let asked = try await shell(
                    curl(service, "\(wrong.path) -H \"Authorization: Bearer $(cat \(file))\""), service.mesh, loop)
                #expect(asked.output.hasSuffix("(\(wrong.word))\n\(wrong.status)"), "\(asked.output)")
                try await service.until("martlet_identity_requests_refused_total", ["reason": wrong.word], is: 1)
                #expect(try service.mesh.directory.tokens.list().map(\.usesLeft) == [1])
            }
        }
    }

    @Test("curl finds out a service that is not the one that the bundle vouches for")
    func otherService() async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities()) { service in
                let other = try MeshIdentities()
                let line = try curl(service, "-d x").replacing(
                    "trust-bundle.pem", with: other.directory.bundle)
                let asked = try await shell(line, service.mesh, loop)
                // CURLE_PEER_FAILED_VERIFICATION
                #expect(asked.code == 60)
                try await service.until("martlet_identity_handshakes_failed_total", [:], is: 1)
            }
        }
    }
}
