import CollectorBench
import EventLoop
import Foundation
import HTTPTransport
import Testing

@Suite("A collector that cannot start")
struct StartupTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func ports(otlp: String = "127.0.0.1:0") -> [String] {
        ["--otlp", otlp, "--query", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]
    }

    /// Runs the collector, which must end with 1 and this one line.
    private func expect(
        _ line: String, _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let end = try CollectorProgram.run(arguments)
        #expect(end.code == 1, sourceLocation: sourceLocation)
        #expect(end.errors == line + "\n", sourceLocation: sourceLocation)
    }

    @Test("says that the directory cannot be made, and why")
    func directories() throws {
        let file = directory.path + "/file"
        try Data().write(to: URL(filePath: file))
        try expect(
            "martlet-collector: cannot use the directory \(file)/data for the trace store: Not a directory; "
                + "choose one that this user may write", ports() + ["--data", file + "/data"])
        try expect(
            "martlet-collector: cannot make the directory \(directory.path)/a/b for the trace store: "
                + "the one above it does not exist; make that first", ports() + ["--data", directory.path + "/a/b"])
        // Not even root writes here.
        try expect(
            "martlet-collector: cannot use the directory /proc/self for the trace store: No such file or directory; "
                + "choose one that this user may write", ports() + ["--data", "/proc/self"])
    }

    @Test("says that the database is none")
    func noDatabase() throws {
        let path = directory.path + "/traces.sqlite"
        try Data("this is a text file".utf8).write(to: URL(filePath: path))
        try expect(
            "martlet-collector: cannot use \(path) as the trace store: file is not a database; "
                + "move the file away or choose another directory", ports() + ["--data", directory.path])
    }

    @Test("says which port is taken, by its setting")
    func takenPort() async throws {
        try await onLoop { [directory] loop in
            let listener = try Listener(binding: try #require(SocketAddress("127.0.0.1:0")), loop: loop)
            let address = listener.address.description
            try expect(
                "martlet-collector: otlp.listen \(address) is taken by another process; "
                    + "stop it or choose another port", ports(otlp: address) + ["--data", directory.path + "/data"])
        }
    }

    @Test("says that another collector uses the directory, and leaves that one alone")
    func directoryInUse() async throws {
        try await onLoop { [directory] loop in
            let first = try CollectorClient(directory, loop: loop)
            let data = directory.path + "/data"
            try expect(
                "martlet-collector: the directory \(data) is used by another collector; "
                    + "stop that one or choose another directory", ports() + ["--data", data])
            #expect(try await first.get("/api/services").status == 200)
            #expect(try first.process.end().code == 0)
        }
    }

    @Test("names the flag, or file, line and key, of a mistake")
    func mistakes() throws {
        try expect(
            #"--otlp: "nowhere" is not ADDRESS:PORT (for example 127.0.0.1:8080)"#,
            ["--otlp", "nowhere", "--data", directory.path])
        try expect(
            "\(directory.path)/none.yaml: cannot be read: No such file or directory",
            ["--config", directory.path + "/none.yaml"])
        let file = directory.path + "/collector.yaml"
        try Data("otlp:\n  listn: 127.0.0.1:4318\n".utf8).write(to: URL(filePath: file))
        try expect("\(file):2: otlp.listn: unknown key; did you mean listen?", ["--config", file])
        let unknown = try CollectorProgram.run(["--data-directory", directory.path])
        #expect(unknown.code == 64)
        #expect(unknown.errors.hasPrefix("martlet-collector: Unknown option '--data-directory'"))
    }
}
