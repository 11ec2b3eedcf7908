import EventLoop
import Foundation
import Testing

@testable import Demo

/// What cannot start says so in one line, with what, where and what to do, and ends with a status that is not zero.
@Suite("Programs that cannot start", .timeLimit(.minutes(2)))
struct LifecycleStartTests {
    struct Mistake: CustomTestStringConvertible, Sendable {
        let program: String
        /// `TAKEN` stands for an address that has a listener, `FREEn` for ones that have none, `BASE` for a row of ports
        /// with a taken one in it.
        let arguments: String
        var environment: [String: String] = [:]
        var file: String?
        /// All of these stand in the line.
        let says: [String]

        var testDescription: String { "\(program) \(arguments) \(environment)\(file.map { " \($0)" } ?? "")" }
    }

    private static let proxy = "--name x --admin FREE1 --forward FREE2 --inbound FREE3"
    private static let collector = "--otlp FREE1 --query FREE2 --metrics FREE3 --data FOLDER/data"

    static let proxyMistakes = [
        Mistake(program: "martlet-proxy", arguments: "--colour red", says: ["--colour", "martlet-proxy --help"]),
        Mistake(program: "martlet-proxy", arguments: "\(proxy) extra", says: ["extra", "martlet-proxy --help"]),
        Mistake(program: "martlet-proxy", arguments: "--name", says: ["--name", "martlet-proxy --help"]),
        Mistake(program: "martlet-proxy", arguments: "--forward FREE1", says: ["--name", "missing", "for example"]),
        Mistake(program: "martlet-proxy", arguments: "--name x", says: ["--forward", "--target"]),
        Mistake(
            program: "martlet-proxy", arguments: "\(proxy) --workers many", says: ["--workers", "many", "auto"]),
        Mistake(
            program: "martlet-proxy", arguments: "\(proxy) --head-timeout 10", says: ["--head-timeout", "10", "10s"]),
        Mistake(program: "martlet-proxy", arguments: "--config FOLDER/none.yaml", says: ["none.yaml", "No such file"]),
        Mistake(program: "martlet-proxy", arguments: "--config FOLDER", says: ["directory"]),
        Mistake(
            program: "martlet-proxy", arguments: "--config FILE", file: "name: x\ninbound:\n  forwards: FREE1\n",
            says: ["FILE:3", "inbound.forwards", "forward"]),
        Mistake(
            program: "martlet-proxy", arguments: "--config FILE", file: "name: [x\n", says: ["FILE:", "not YAML"]),
        Mistake(
            program: "martlet-proxy", arguments: "--name x --admin TAKEN --forward FREE1 --inbound FREE2",
            says: ["admin", "TAKEN", "taken", "choose another port"]),
        Mistake(
            program: "martlet-proxy", arguments: "--name x --admin FREE1 --forward FREE2 --inbound TAKEN",
            says: ["inbound", "TAKEN", "taken", "choose another port"]),
        Mistake(
            program: "martlet-proxy", arguments: "--name x --admin FREE1 --outbound TAKEN --target a=FREE2",
            says: ["outbound", "TAKEN", "taken", "choose another port"]),
        Mistake(
            program: "martlet-proxy", arguments: "--name x --admin 192.0.2.1:4191 --forward FREE1 --inbound FREE2",
            says: ["admin", "192.0.2.1:4191", "not an address of this machine"]),
        Mistake(
            program: "martlet-proxy", arguments: "\(proxy) --access-log json --access-log-path /proc/none/log",
            says: ["access log", "/proc/none/log", "choose a file"]),
        Mistake(
            program: "martlet-proxy", arguments: "--name x --admin 0.0.0.0:4191 --forward FREE1 --allow-shutdown true",
            says: ["--allow-shutdown", "loopback"]),
    ]

    static let otherMistakes = [
        Mistake(program: "martlet-collector", arguments: "--colour red", says: ["--colour", "--help"]),
        Mistake(program: "martlet-collector", arguments: "--otlp here", says: ["--otlp", "here", "ADDRESS:PORT"]),
        Mistake(
            program: "martlet-collector", arguments: "--config FOLDER/none.yaml", says: ["none.yaml", "No such file"]),
        Mistake(
            program: "martlet-collector", arguments: "--config FILE", file: "otlp:\n  listens: FREE1\n",
            says: ["FILE:2", "otlp.listens", "listen"]),
        Mistake(
            program: "martlet-collector", arguments: "--otlp TAKEN --query FREE1 --metrics FREE2 --data FOLDER/data",
            says: ["otlp.listen", "TAKEN", "taken by another process", "choose another port"]),
        Mistake(
            program: "martlet-collector", arguments: "--otlp FREE1 --query TAKEN --metrics FREE2 --data FOLDER/data",
            says: ["query.listen", "TAKEN", "taken by another process", "choose another port"]),
        Mistake(
            program: "martlet-collector", arguments: "--otlp FREE1 --query FREE2 --metrics TAKEN --data FOLDER/data",
            says: ["metrics.listen", "TAKEN", "taken by another process", "choose another port"]),
        Mistake(
            program: "martlet-collector", arguments: "--otlp FREE1 --query FREE2 --metrics FREE3 --data /proc/none",
            says: ["/proc/none", "make that first"]),
        Mistake(program: "martlet-collector", arguments: "export nothing", says: ["nothing", "--help"]),
        Mistake(
            program: "martlet-collector", arguments: "export grafana --output /proc/none",
            says: ["/proc/none", "choose a directory"]),
        Mistake(
            program: "martlet-collector", arguments: "export alerts --success-objective 7 --output FOLDER",
            says: ["--success-objective", "7", "below 1"]),
        Mistake(program: "martlet-demo", arguments: "--colour red", says: ["--colour", "--help"]),
        Mistake(program: "martlet-demo", arguments: "run --rate 0", says: ["--rate", "0", "1 to 1000"]),
        Mistake(
            program: "martlet-demo", arguments: "check --incident nobody", says: ["--incident", "nobody", "checkout"]),
        Mistake(
            program: "martlet-demo", arguments: "run --port-base BASE", says: ["port", "in use", "--port-base"]),
        Mistake(
            program: "martlet-demo", arguments: "check", environment: ["TMPDIR": "/proc/none"],
            says: ["/proc/none", "TMPDIR"]),
        Mistake(program: "DemoService", arguments: "--role cart", says: ["--listen", "DemoService --help"]),
        Mistake(
            program: "DemoService", arguments: "--role king --listen FREE1", says: ["--role", "king", "checkout"]),
        Mistake(
            program: "DemoService", arguments: "--role cart --listen here", says: ["--listen", "here", "ADDRESS:PORT"]),
        Mistake(
            program: "DemoService", arguments: "--role cart --listen TAKEN", says: ["TAKEN", "in use", "--listen"]),
        Mistake(
            program: "DemoService", arguments: "--role cart --listen FREE1", environment: ["HTTP_PROXY": "here"],
            says: ["HTTP_PROXY", "here", "http://ADDRESS:PORT"]),
    ]

    private static let joining = "\(proxy) --identity-service FREE1 --trust-bundle FOLDER/b"
    private static let issuer = "identity --issuer-key FILE --issuer-chain FILE --trust-bundle FILE --tokens FOLDER"

    static let identityMistakes = [
        Mistake(program: "martlet-proxy", arguments: joining, says: ["--identity-service", "identity.joinTokenFile"]),
        Mistake(
            program: "martlet-proxy", arguments: "\(joining) --join-token-file FOLDER/t --identity-key FOLDER/k",
            says: ["--identity-key", "excludes identity.service"]),
        Mistake(program: "martlet-controller", arguments: "colour", says: ["colour", "martlet-controller --help"]),
        Mistake(
            program: "martlet-controller", arguments: issuer.replacing(" --tokens FOLDER", with: ""),
            says: ["--tokens", "missing", "for example"]),
        Mistake(
            program: "martlet-controller", arguments: "\(issuer) --lifetime 1s", says: ["--lifetime", "1s", "5s … 90d"]),
        Mistake(
            program: "martlet-controller", arguments: issuer.replacing("FILE", with: "FOLDER/none"),
            says: ["FOLDER/none", "No such file"]),
        Mistake(program: "martlet-controller", arguments: issuer, file: "no key", says: ["FILE", "chmod 0600 FILE"]),
    ]

    @Test("one line says what, where and what to do", arguments: proxyMistakes + otherMistakes + identityMistakes)
    func oneLine(mistake: Mistake) async throws {
        try await onLoop { loop in
            // 127.0.0.1, where the demo looks for its row of ports.
            let taken = try Listener(binding: Loopback.anyPort, loop: loop, sharesPort: false)
            let folder = try TemporaryFolder()
            let file = "\(folder.path)/settings.yaml"
            var words = ["TAKEN": "\(taken.address)", "BASE": "\(taken.address.port - 3)"]
            for index in 1...3 { words["FREE\(index)"] = "\(Loopback.freshAddress())" }
            words["FILE"] = file
            words["FOLDER"] = folder.path
            func filled(_ text: String) -> String {
                words.sorted { $0.key > $1.key }.reduce(text) { $0.replacing($1.key, with: $1.value) }
            }
            if let text = mistake.file { try folder.write("settings.yaml", filled(text)) }
            let arguments = filled(mistake.arguments).split(separator: " ").map { String($0) }
            let program = try StartedProgram(
                mistake.program, arguments, environment: mistake.environment, loop: loop)
            let status = try await program.ended()
            #expect(status > 0)
            let lines = program.log.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 2 && lines.last == "", "\(program.log)")
            for part in mistake.says { #expect(program.log.contains(filled(part)), "\(program.log)") }
            try await program.remove()
            try folder.remove()
        }
    }

    @Test("--check reports every mistake, one line for each, and serves nothing")
    func check() async throws {
        try await onLoop { loop in
            let folder = try TemporaryFolder()
            try folder.write("settings.yaml", "name: x\nworkers: 0\ntimeouts:\n  head: soon\n")
            let path = "\(folder.path)/settings.yaml"
            let program = try StartedProgram("martlet-proxy", ["--config", path, "--check"], loop: loop)
            #expect(try await program.ended() == 1)
            let lines = program.log.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines.first?.hasPrefix("\(path):2: workers: ") == true)
            #expect(lines.dropFirst().first?.hasPrefix("\(path):4: timeouts.head: ") == true)
            try await program.remove()
            try folder.remove()
        }
    }
}
