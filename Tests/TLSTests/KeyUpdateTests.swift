import Foundation
import TLS
import Testing

struct KeyUpdateTests {
    private func connected() throws -> (server: Endpoint, client: RawClient) {
        let mesh = try TestMesh()
        let sockets = try socketPair()
        var settings = TLSSettings()
        settings.clientCertificates = .optional
        let server = Endpoint(try mesh.context(.server, "cart", settings: settings), socket: sockets.0)
        let client = try RawClient(socket: sockets.1)
        for _ in 0..<4 {
            client.handshake()
            _ = server.session.handshake()
        }
        return (server, client)
    }

    @Test func `a peer may change its keys`() throws {
        let (server, client) = try connected()
        for round in 0..<90 {
            client.updateKey()
            client.write("\(round),")
        }
        let (bytes, end) = server.readAll()
        #expect(bytes == Array((0..<90).map { "\($0)," }.joined().utf8))
        #expect(end == .wouldBlockOnRead)
    }

    @Test func `a peer that only changes its keys ends its session`() throws {
        let (server, client) = try connected()
        for _ in 0..<400 { client.updateKey() }
        #expect(server.readAll() == ([], .failed(.postHandshakeFlood)))
        #expect(server.write("x") == .failed(.postHandshakeFlood))
    }
}
