import EventLoop
import Foundation
import Programs
import Testing

/// Debian's PostgreSQL and psql, which know nothing of the two proxies between them.
///
/// The client speaks first, eight bytes that ask for TLS, and waits for one byte before it says more.
@Suite("PostgreSQL through transparent interception", .timeLimit(.minutes(3)))
struct InterceptedPostgreSQLTests {
    private struct Session {
        let stage: InterceptionStage
        let host: String
        let port: Int

        func psql(_ sslmode: String, _ command: String, input: [UInt8] = []) async throws -> String {
            let address =
                "host=\(host) port=\(port) dbname=postgres user=postgres sslmode=\(sslmode) connect_timeout=20"
            let words = NetworkPair.words(
                in: stage.pair.client, ["/usr/bin/psql", "-X", "-q", "-At", "-d", address, "-c", command])
            let program = Program(path: words[0])
            let arguments = Array(words.dropFirst())
            return try program.succeeded(try await program.runAside(arguments, input: input), arguments).output
        }
    }

    /// - Parameter port: 5432 is carried without a look at it, another is looked at.
    private func staged(_ loop: EventLoop, _ port: Int, _ body: (Session) async throws -> Void) async throws {
        let cluster = try PostgreSQLCluster()
        var setup = InterceptionStage.Setup()
        setup.services = [cluster.server(addresses: NetworkPair.serverAddresses, port: port)]
        setup.targets = [("db", "10.77.0.2:\(port)"), ("db6", "[fd77::2]:\(port)")]
        // Whatever is not found out by the bytes themselves would take longer than a test may.
        setup.clientFlags = ["--detect-timeout", "10m"]
        try await InterceptionStage.run(loop, setup) { stage in
            for (host, target) in zip(NetworkPair.serverAddresses, ["db", "db6"]) {
                try await stage.pair.until(
                    "accepting connections", in: stage.pair.server, "/usr/bin/pg_isready", "-h", host, "-p",
                    "\(port)")
                try await body(Session(stage: stage, host: host, port: port))
                let endpoint = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
                try await stage.untilLogged(
                    stage.web, #""protocol":"tcp""#, #""upstream":"\#(target)""#, #""tls":"true""#, "sa/db")
                try await stage.untilLogged(
                    stage.db, #""protocol":"tcp""#, #""upstream.addr":"\#(endpoint)""#, #""tls":"true""#, "sa/web")
            }
            for proxy in [stage.web, stage.db] { #expect(!proxy.log.contains(#""version":"HTTP/"#)) }
        }
        withExtendedLifetime(cluster) {}
    }

    @Test(
        "psql works without TLS of its own and with it, on a port that is opaque and on one that is looked at",
        arguments: [5432, 5433])
    func encryption(port: Int) async throws {
        try await onLoop { loop in
            try await staged(loop, port) { session in
                let question = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
                for (sslmode, answer) in [("disable", "f\n"), ("prefer", "t\n"), ("require", "t\n")] {
                    let said = try await session.psql(sslmode, question)
                    #expect(said == answer, "\(sslmode)")
                }
            }
        }
    }

    @Test("a large result and a COPY arrive whole", arguments: ["disable", "prefer"])
    func bulk(sslmode: String) async throws {
        try await onLoop { loop in
            try await staged(loop, 5433) { session in
                let filler = String(repeating: "x", count: 100)
                let rows = try await session.psql(
                    sslmode, "select i, repeat('x', 100) from generate_series(1, 100000) as i")
                // Ten megabytes are not to be printed.
                let isWhole = rows == (1...100_000).map { "\($0)|\(filler)\n" }.joined()
                #expect(isWhole)

                let table = "rows_\(session.host.contains(":") ? 6 : 4)"
                _ = try await session.psql(sslmode, "create table \(table) (number int, word text)")
                let copied = (1...100_000).map { "\($0)\tword \($0 &* 7919)\n" }.joined()
                _ = try await session.psql(sslmode, "\\copy \(table) from stdin", input: Array(copied.utf8))
                let count = try await session.psql(sslmode, "select count(*), sum(number) from \(table)")
                #expect(count == "100000|5000050000\n")
                let stored = try await session.psql(
                    sslmode, "\\copy (select * from \(table) order by number) to stdout")
                let isSame = stored == copied
                #expect(isSame)
            }
        }
    }
}
