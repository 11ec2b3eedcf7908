import Foundation
import TLS
import Testing

/// OpenSSL's own client and server as peers, which share no code of ours.
@Suite(.serialized)
struct OpenSSLPeerTests {
    let mesh: TestMesh

    init() throws { mesh = try TestMesh() }

    /// Options by which the program shows the certificate of `name` and trusts the mesh.
    private func credentials(_ name: String, in directory: URL) throws -> [String] {
        let issued = try mesh.issue(name)
        return [
            "-key", try directory.write(issued.key.pem, as: "\(name).key"),
            "-cert", try directory.write(issued.chain[0].pem, as: "\(name).pem"),
            "-cert_chain", try directory.write(Array(issued.chain.dropFirst()).pem, as: "\(name).chain"),
        ]
    }

    private func trust(in directory: URL) throws -> [String] {
        ["-CAfile", try directory.write(mesh.anchor.certificate.pem, as: "anchor.pem"), "-verify_return_error"]
    }

    /// Our server, with s_client connected to it.
    private func serve(
        _ options: [String], settings: TLSSettings = TLSSettings(), as context: TLSContext? = nil, in directory: URL
    ) throws -> (server: Endpoint, client: OpenSSLPeer) {
        let listener = try Loopback.listen()
        defer { close(listener.number) }
        let client = try OpenSSLPeer(
            ["s_client", "-connect", "127.0.0.1:\(listener.port)", "-servername", "cart.test"] + options)
        let context = try context ?? mesh.context(.server, "cart", settings: settings)
        return (Endpoint(context, socket: try Loopback.accept(listener.number)), client)
    }

    /// Our client, connected to an s_server.
    private func call(
        _ options: [String], settings: TLSSettings = TLSSettings(), in directory: URL
    ) throws -> (client: Endpoint, server: OpenSSLPeer) {
        let server = try OpenSSLPeer(
            ["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"] + credentials("cart", in: directory)
                + trust(in: directory) + ["-Verify", "4"] + options)
        let context = try mesh.context(.client, "web", settings: settings)
        let expected = try mesh.identity("cart").id
        return (Endpoint(context, socket: try Loopback.connect(server.port()), expecting: expected), server)
    }

    @Test func `s_client with a certificate talks with our server`() throws {
        try OpenSSLTool.withDirectory { directory in
            let options = try credentials("web", in: directory) + trust(in: directory) + ["-alpn", "x,h2"]
            var settings = TLSSettings()
            settings.applicationProtocols = ["h2"]
            let (server, client) = try serve(options, settings: settings, in: directory)
            #expect(server.finishHandshake() == .done)
            #expect(try server.peer?.id == mesh.identity("web").id)
            #expect(server.serverName == "cart.test")
            client.type("hello\n")
            #expect(server.read(until: "\n").text == "hello\n")
            #expect(server.write("world\n") == .bytes(6))
            try client.wait(for: "world\n")
            let text = try client.finish()
            #expect(server.read(until: nil).end == .end)
            #expect(text.contains("Verification: OK"))
            #expect(text.contains("New, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256"))
            #expect(text.contains("Server Temp Key: X25519, 253 bits"))
            #expect(text.contains("ALPN protocol: h2"))
            #expect(!text.contains("Post-Handshake New Session Ticket arrived"))
        }
    }

    @Test func `s_client comes back with its ticket, with fresh keys, and only to the same context`() throws {
        try OpenSSLTool.withDirectory { directory in
            let credentials = try credentials("web", in: directory) + trust(in: directory)
            let file = directory.appendingPathComponent("session.pem").path
            func visit(_ context: TLSContext, _ options: [String]) throws -> String {
                let (server, client) = try serve(credentials + options, as: context, in: directory)
                #expect(server.finishHandshake() == .done)
                #expect(try server.peer?.id == mesh.identity("web").id)
                #expect(server.write("hello\n") == .bytes(6))
                try client.wait(for: "hello\n")
                let text = try client.finish()
                #expect(server.isResumed == text.contains("Reused, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256"))
                // Without a key of its own (psk_ke) there would be none.
                #expect(text.contains("Server Temp Key: X25519, 253 bits"))
                return text
            }
            let context = try mesh.context(.server, "cart", settings: .resuming)
            let first = try visit(context, ["-sess_out", file])
            #expect(first.contains("New, TLSv1.3"))
            #expect(first.ranges(of: "Post-Handshake New Session Ticket arrived").count == 1)
            #expect(first.contains("Max Early Data: 0"))
            #expect(try visit(context, ["-sess_in", file]).contains("Reused, TLSv1.3"))
            #expect(try visit(context, ["-sess_in", file, "-allow_no_dhe_kex"]).contains("Reused, TLSv1.3"))
            let rotated = try mesh.context(.server, "cart", settings: .resuming)
            #expect(try visit(rotated, ["-sess_in", file]).contains("New, TLSv1.3"))
        }
    }

    @Test func `our client comes back to an s_server`() throws {
        try OpenSSLTool.withDirectory { directory in
            let server = try OpenSSLPeer(
                ["s_server", "-accept", "127.0.0.1:0", "-naccept", "3"] + credentials("cart", in: directory)
                    + trust(in: directory) + ["-Verify", "4"])
            let (context, port) = (try mesh.context(.client, "web", settings: .resuming), try server.port())
            let place = ResumableSessions()
            for round in 0..<3 {
                let client = Endpoint(
                    context, socket: try Loopback.connect(port), expecting: try mesh.identity("cart").id,
                    resuming: place)
                #expect(client.finishHandshake() == .done)
                #expect(client.isResumed == (round > 0))
                #expect(try client.peer?.id == mesh.identity("cart").id)
                server.type("round \(round)\n")
                #expect(client.read(until: "\n").text == "round \(round)\n")
                #expect(client.session.shutdown() == .sent)
                #expect(client.read(until: nil).end == .end)
            }
            #expect(try server.finish().ranges(of: "Reused session-id").count == 2)
        }
    }

    @Test func `s_client without a certificate is refused, unless certificates are optional`() throws {
        try OpenSSLTool.withDirectory { directory in
            let (server, client) = try serve(trust(in: directory), in: directory)
            #expect(server.finishHandshake() == .failed(.refused(.noCertificate)))
            #expect(try client.finish().contains("alert certificate required"))
        }
        try OpenSSLTool.withDirectory { directory in
            var settings = TLSSettings()
            settings.clientCertificates = .optional
            let (server, client) = try serve(trust(in: directory), settings: settings, in: directory)
            #expect(server.finishHandshake() == .done)
            #expect(server.peer == nil)
            _ = try client.finish()
        }
    }

    @Test func `a client of TLS 1.2 is refused by default`() throws {
        try OpenSSLTool.withDirectory { directory in
            let options = try credentials("web", in: directory) + trust(in: directory) + ["-tls1_2"]
            let (server, client) = try serve(options, in: directory)
            #expect(server.finishHandshake() == .failed(.version))
            #expect(try client.finish().contains("alert protocol version"))
        }
    }

    @Test func `a client of TLS 1.2 is taken by choice, with an ephemeral key and without renegotiation`() throws {
        try OpenSSLTool.withDirectory { directory in
            var settings = TLSSettings()
            settings.minimumVersion = .tls12
            let options = try credentials("web", in: directory) + trust(in: directory) + ["-tls1_2"]
            let (server, client) = try serve(options, settings: settings, in: directory)
            #expect(server.finishHandshake() == .done)
            #expect(server.version == "TLSv1.2")
            #expect(try server.peer?.id == mesh.identity("web").id)
            try client.wait(for: "Verify return code: 0 (ok)")
            #expect(client.text.contains("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"))
            #expect(client.text.contains("Secure Renegotiation IS supported"))
            #expect(client.text.contains("Compression: NONE"))
            // A line that begins with R asks for renegotiation.
            client.type("R\n")
            #expect(server.read(until: nil).end != .end)
            #expect(try client.finish().contains("no renegotiation"))
        }
    }

    @Test(arguments: [["-tls1_1"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"]])
    func `older versions and suites without AEAD are refused even then`(options: [String]) throws {
        try OpenSSLTool.withDirectory { directory in
            var settings = TLSSettings()
            settings.minimumVersion = .tls12
            let options = try credentials("web", in: directory) + trust(in: directory) + options
            let weak = options + ["-cipher", "ALL:@SECLEVEL=0"]
            let (server, client) = try serve(
                options.contains("-tls1_1") ? weak : options, settings: settings, in: directory)
            let expected: TLSFailure = options.contains("-tls1_1") ? .version : .noSharedParameters
            #expect(server.finishHandshake() == .failed(expected))
            _ = try client.finish()
        }
    }

    @Test func `our client talks with an s_server that asks for a certificate`() throws {
        try OpenSSLTool.withDirectory { directory in
            let (client, server) = try call([], in: directory)
            #expect(client.finishHandshake() == .done)
            #expect(try client.peer?.id == mesh.identity("cart").id)
            #expect(client.write("hello\n") == .bytes(6))
            try server.wait(for: "hello\n")
            #expect(server.text.contains("verify return:1"))
            server.type("world\n")
            #expect(client.read(until: "\n").text == "world\n")
            // s_server sends two session tickets; they are read over and never used.
            #expect(!client.isResumed)
            #expect(client.session.shutdown() == .sent)
            #expect(client.read(until: nil).end == .end)
        }
    }

    @Test func `an s_server of TLS 1.2 is refused by default, and taken by choice`() throws {
        try OpenSSLTool.withDirectory { directory in
            let (client, server) = try call(["-tls1_2"], in: directory)
            #expect(client.finishHandshake() == .failed(.alert(.protocolVersion)))
            server.kill()
        }
        try OpenSSLTool.withDirectory { directory in
            var settings = TLSSettings()
            settings.minimumVersion = .tls12
            let (client, server) = try call(["-tls1_2"], settings: settings, in: directory)
            #expect(client.finishHandshake() == .done)
            #expect(client.version == "TLSv1.2")
            server.kill()
        }
    }

    @Test func `an s_server cannot ask for a certificate after the handshake, nor renegotiate`() throws {
        try OpenSSLTool.withDirectory { directory in
            let (client, server) = try call([], in: directory)
            #expect(client.finishHandshake() == .done)
            server.type("c\n")
            try server.wait(for: "extension not received")
            server.type("world\n")
            #expect(client.read(until: "\n").text == "world\n")
        }
        try OpenSSLTool.withDirectory { directory in
            var settings = TLSSettings()
            settings.minimumVersion = .tls12
            let (client, server) = try call(["-tls1_2"], settings: settings, in: directory)
            #expect(client.finishHandshake() == .done)
            server.type("r\n")
            // The session says no, and the server gives up.
            #expect(client.read(until: nil).text == "")
            #expect(try server.finish().contains("no renegotiation"))
        }
    }

    @Test func `an s_server that is killed leaves a truncation`() throws {
        try OpenSSLTool.withDirectory { directory in
            let (client, server) = try call([], in: directory)
            #expect(client.finishHandshake() == .done)
            server.type("half\n")
            #expect(client.read(until: "\n").text == "half\n")
            server.kill()
            #expect(client.read(until: nil).end == .truncated)
        }
    }
}
