import Bytes
import HTTP
import HTTP2
import Testing

/// A client session and a server session, each the other's peer.
@Suite("Two sessions")
struct RoundTripTests {
    @Test("a request and its response arrive as they were sent")
    func roundTrip() throws {
        let client = Endpoint(.client)
        let server = Endpoint(.server)
        server.react = { server, event in
            guard case .request(let handle, _) = event else { return }
            #expect(
                server.respond(
                    handle, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n", body: "hello"))
        }
        let handle = try #require(client.request("GET /a?b HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\n\r\n"))
        #expect(handle.id == 1)
        exchange(client, server)
        #expect(
            server.messages[1]
                == Message(head: "GET /a?b a:80", fields: ["accept: */*"], isWhole: true, end: .complete))
        #expect(
            client.messages[1]
                == Message(
                    head: "200", fields: ["x: y", "content-length: 5"], body: "hello".latin1, isWhole: true,
                    end: .complete))
        #expect(client.session.wantsToSend == false)
        #expect(server.session.wantsToSend == false)
    }
}
