import EventLoop
import Foundation
import Programs
import Testing

/// grpcio on both machines, which dials the service's own address.
@Suite("gRPC through transparent interception", .timeLimit(.minutes(2)))
struct InterceptedGRPCTests {
    @Test("unary calls, streams, deadlines and cancellations are those of a direct call, over IPv4 and IPv6")
    func calls() async throws {
        // A server for each, since it counts its callers' cancellations.
        let endpoints = ["10.77.0.2:50051", "[fd77::2]:50052"]
        try await onLoop { loop in
            var setup = InterceptionStage.Setup()
            setup.services = endpoints.map { endpoint in
                let python = GRPCTests.words("grpc_server.py", [endpoint])
                return .init(words: python, environment: Program.python.environment ?? [:])
            }
            setup.targets = [("cart", endpoints[0]), ("cart6", endpoints[1])]
            try await InterceptionStage.run(loop, setup) { stage in
                for (endpoint, target) in zip(endpoints, ["cart", "cart6"]) {
                    let port = endpoint.suffix(6)
                    try await stage.pair.until("\(port) ", in: stage.pair.server, "/usr/bin/ss", "-Hltn")
                    let words = NetworkPair.words(
                        in: stage.pair.client, GRPCTests.words("grpc_client.py", [endpoint, endpoint]))
                    var client = Program(path: words[0])
                    client.environment = Program.python.environment
                    client.keepsErrorsApart = true
                    let arguments = Array(words.dropFirst())
                    let said = try client.succeeded(try await client.runAside(arguments), arguments).bytes
                    let results = try JSONSerialization.jsonObject(with: Data(said)) as? NSDictionary
                    #expect(results == GRPCTests.expected, "\(String(decoding: said, as: UTF8.self))")
                    let call = #""host":"\#(endpoint)","uri":"/test.Echo/PingPong","version":"HTTP/2""#
                    try await stage.untilLogged(
                        stage.web, call, #""upstream":"\#(target)""#, "sa/db", #""grpc_status":"OK""#)
                    try await stage.untilLogged(
                        stage.db, call, #""direction":"inbound""#, "sa/web", #""grpc_status":"OK""#)
                }
            }
        }
    }
}
