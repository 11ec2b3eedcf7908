import EventLoop
import Programs
import Testing

/// Two machines whose packet filters bring every connection to a proxy: `web`'s where clients run, `db`'s where services do.
struct InterceptionStage {
    /// Who the proxies run as.
    static let user = 2102

    /// What is there before the proxies are.
    struct Setup {
        /// A program beside `db`'s proxy.
        struct Service {
            let words: [String]
            var user: Int?
            var environment: [String: String] = [:]
            /// What ends it.
            var signal: Int32 = 9
        }

        var services: [Service] = []
        /// Endpoints beside `db`'s proxy, by the names of `web`'s targets.
        var targets: [(name: String, endpoint: String)] = []
        var clientFlags: [String] = []
        /// What `martlet redirect install` is told on both machines.
        var redirectFlags: [String] = []
    }

    let pair: NetworkPair
    let web: StartedProgram
    let db: StartedProgram

    /// Runs a program that must succeed where clients run. - Returns: what it said.
    func client(_ words: String...) async throws -> String {
        try await Tool.output(NetworkPair.words(in: pair.client, words))
    }

    /// Waits for a line of a proxy's access log that has all these parts.
    func untilLogged(_ proxy: StartedProgram, _ parts: String...) async throws {
        try await proxy.until("the access log has \(parts)") {
            proxy.log.split(separator: "\n").contains { line in parts.allSatisfy { line.contains($0) } }
        }
    }

    // MARK: Setting up

    static func run(_ loop: EventLoop, _ setup: Setup, _ body: (InterceptionStage) async throws -> Void) async throws {
        let mesh = try MeshIdentities()
        for name in ["web", "db"] { try mesh.issue(name) }
        try await NetworkPair.run { pair in
            var cast = Cast(loop: loop)
            do {
                for service in setup.services { try cast.start(pair.server, service) }
                let db = try cast.start(pair.server, proxy(try dbFlags(mesh)))
                let web = try cast.start(pair.client, proxy(try webFlags(mesh, setup)))
                try await untilReady(pair)
                try await redirect(pair, setup.redirectFlags)
                try await body(InterceptionStage(pair: pair, web: web, db: db))
            } catch {
                cast.report()
                try await cast.remove()
                throw error
            }
            try await cast.remove()
        }
    }

    private static func proxy(_ flags: [String]) -> Setup.Service {
        let common = ["--transparent", "true", "--access-log", "json"]
        return Setup.Service(words: [StartedProgram.path("martlet-proxy")] + common + flags, user: user)
    }

    private static func dbFlags(_ mesh: MeshIdentities) throws -> [String] {
        ["--name", "db", "--inbound", "0.0.0.0:4143", "--forward", "127.0.0.1:8080", "--inbound-tls", "permissive"]
            + (try mesh.flags("db"))
    }

    private static func webFlags(_ mesh: MeshIdentities, _ setup: Setup) throws -> [String] {
        let identity = try mesh.id("db")
        let targets = setup.targets.flatMap { name, endpoint in
            ["--target", "\(name)=\(endpoint)", "--target-identity", "\(name)=\(identity)"]
        }
        return ["--name", "web"] + targets + setup.clientFlags + (try mesh.flags("web"))
    }

    private static func untilReady(_ pair: NetworkPair) async throws {
        for name in [pair.client, pair.server] {
            try await pair.until("ready", in: name, "/usr/bin/curl", "-s", "http://127.0.0.1:4191/ready")
        }
    }

    private static func redirect(_ pair: NetworkPair, _ flags: [String]) async throws {
        for (name, direction) in [(pair.client, "outbound"), (pair.server, "inbound")] {
            let words = ["redirect", "install", "--direction", direction, "--proxy-uid", "\(user)"] + flags
            try await Tool.output(NetworkPair.words(in: name, [StartedProgram.path("martlet")] + words))
        }
    }
}

/// The programs that were started, in order.
private struct Cast {
    let loop: EventLoop
    private var members: [(program: StartedProgram, signal: Int32)] = []

    init(loop: EventLoop) { self.loop = loop }

    @discardableResult
    mutating func start(_ namespace: String, _ service: InterceptionStage.Setup.Service) throws -> StartedProgram {
        let words = NetworkPair.words(in: namespace, as: service.user, service.words)
        let program = try StartedProgram(
            words[0], Array(words.dropFirst()), environment: service.environment, loop: loop)
        members.append((program, service.signal))
        return program
    }

    func report() {
        for member in members { Issue.record("\(member.program.name): \(member.program.log)") }
    }

    func remove() async throws {
        for member in members.reversed() {
            try await member.program.end(member.signal)
            try await member.program.remove()
        }
    }
}
