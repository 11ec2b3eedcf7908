import Foundation
import Programs
import Testing

@Suite("A program beside a test")
struct ChildTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func start(_ words: String..., environment: [String: String]? = nil) throws -> Child {
        let output = try folder.write([], as: "output")
        return try Child(words, environment: environment, output: FileHandle(forWritingTo: output))
    }

    /// What the last one wrote.
    private var lines: [Substring] {
        get throws {
            try String(contentsOf: folder.url.appending(path: "output"), encoding: .utf8).split(separator: "\n")
        }
    }

    @Test("ends with its exit code, or with minus the signal", arguments: [("exit 3", 3), ("kill -TERM $$", -15)])
    func ends(script: String, status: Int32) throws {
        #expect(try start("/bin/sh", "-c", script).wait() == status)
    }

    @Test("runs until a signal ends it, and says the same of its end however often it is asked")
    func signalled() throws {
        let child = try start("/usr/bin/sleep", "600")
        #expect(child.status == nil)
        child.send(SIGTERM)
        for _ in 0..<2 {
            #expect(child.wait() == -SIGTERM)
            #expect(child.status == -SIGTERM)
        }
        child.send(SIGTERM)
    }

    @Test("is gone with the last reference to it")
    func released() throws {
        let identifier = try start("/usr/bin/sleep", "600").identifier
        #expect(kill(identifier, 0) == -1)
        #expect(errno == ESRCH)
    }

    @Test("inherits no descriptor of the test, no blocked or ignored signal, and no environment but the given one")
    func inheritance() throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var (blocked, before) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&blocked)
        unsafe sigaddset(&blocked, SIGUSR1)
        unsafe pthread_sigmask(SIG_BLOCK, &blocked, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        // It lists them by the descriptor 3.
        #expect(try start("/usr/bin/ls", "/proc/self/fd").wait() == 0)
        #expect(try lines == ["0", "1", "2", "3"])
        #expect(try start("/usr/bin/grep", "-E", "Sig(Blk|Ign)", "/proc/self/status").wait() == 0)
        // The signals 32 and 33 are the C library's own, which ignores them in a new program.
        #expect(try lines.map { UInt64($0.suffix(16), radix: 16).map { $0 & 0x7fff_ffff } } == [0, 0])
        #expect(try start("/usr/bin/env", environment: ["ONE": "1"]).wait() == 0)
        #expect(try lines == ["ONE=1"])
    }

    @Test("that cannot be started says why")
    func missing() {
        let error = #expect(throws: Program.Failure.self) { try start("/nowhere/program") }
        #expect(error?.description == "/nowhere/program cannot be started: No such file or directory")
    }

    @Test("a program that is run to its end has its input, its folder, its errors apart, and a limit of time")
    func program() throws {
        var shell = Program(path: "/bin/sh")
        shell.directory = folder.url
        shell.keepsErrorsApart = true
        shell.environment = ["WORD": "word"]
        let result = try shell.run(["-c", "pwd -P; echo $WORD; cat; echo no >&2; exit 5"], input: Array("given".utf8))
        #expect(result.output == "\(folder.url.resolvingSymlinksInPath().path)\nword\ngiven")
        #expect(result.errors == "no\n")
        #expect(result.status == 5)
        shell.limit = .seconds(1)
        #expect(try shell.run(["-c", "exec sleep 600"]).status == 124)
    }
}
