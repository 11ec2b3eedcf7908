import CLinux
import EventLoop
import Glibc

/// A program that the demo started: it is found, asked to end, and made to end by its process id alone.
final class ChildProcess {
    let name: String
    let logPath: String
    let identifier: pid_t
    /// As `waitpid` gave it; nil while the process runs.
    private(set) var status: Status?

    enum Status: Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        var description: String {
            switch self {
            case .exited(let code): "ended with status \(code)"
            case .killed(let signal): "was ended by signal \(signal)"
            }
        }
    }

    /// Starts `command`, its output going to a file.
    ///
    /// The child gets its own process group, so that a Ctrl-C in the terminal reaches the demo alone and the order of
    /// ending is the demo's; no blocked signals, since the demo blocks those it reads; and, unless it is to outlive the
    /// demo, is ended by the kernel when the demo is killed.
    ///
    /// - Parameter input: a descriptor to read from; nil gives the child an empty input.
    init(_ command: Command, folder: String, input: Int32? = nil) throws(SystemError) {
        name = command.name
        logPath = "\(folder)/\(command.name).log"
        var arguments = [command.executable] + command.arguments
        if !command.outlivesDemo { arguments = [Self.deathSignalTool, "--pdeathsig", "KILL", "--"] + arguments }
        identifier = try Self.spawn(arguments, command.environment, logPath: logPath, input: input)
    }

    /// Of util-linux, which every Debian has.
    private static let deathSignalTool = "/usr/bin/setpriv"

    private static func spawn(
        _ arguments: [String], _ added: [String: String], logPath: String, input: Int32?
    ) throws(SystemError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Whoever waits for the end of a pipe or socket would wait for the child's end too.
        unsafe martlet_close_others(&actions)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        unsafe sigemptyset(&noSignals)
        var allSignals = sigset_t()
        unsafe sigfillset(&allSignals)
        unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &allSignals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var identifier: pid_t = 0
        let code = unsafe withCStrings(arguments) { words in
            unsafe withCStrings(environment(adding: added)) { environment in
                unsafe posix_spawn(&identifier, words[0]!, &actions, &attributes, words, environment)
            }
        }
        guard code == 0 else { throw SystemError("start \(arguments[0])", code: code) }
        return identifier
    }

    /// Proxy settings of the person's shell would send the shop's calls elsewhere.
    private static func environment(adding added: [String: String]) -> [String] {
        var lines: [String] = []
        var position = 0
        while let line = unsafe environ[position] {
            let text = unsafe String(cString: line)
            if !text.lowercased().contains("_proxy=") { lines.append(text) }
            position += 1
        }
        return lines + added.map { "\($0.key)=\($0.value)" }
    }

    /// Notes the end of the process, if it has ended.
    func reap() { collect(options: WNOHANG) }

    /// Blocks until the process has ended: only for one that was sent SIGKILL.
    func waitForEnd() { collect(options: 0) }

    private func collect(options: Int32) {
        guard status == nil else { return }
        var word: Int32 = 0
        guard unsafe waitpid(identifier, &word, options) == identifier else { return }
        let signal = word & 0x7F
        status = signal == 0 ? .exited(word >> 8 & 0xFF) : .killed(signal: signal)
    }

    /// Sends a signal, unless the process has been reaped: its id may be another's by then.
    func send(_ signal: Int32) {
        reap()
        if status == nil { kill(identifier, signal) }
    }
}

/// What to start, and under which name the demo speaks of it.
struct Command {
    let name: String
    let executable: String
    let arguments: [String]
    var environment: [String: String] = [:]
    /// Whether the kernel lets it live when the demo is killed.
    var outlivesDemo = false
}

/// Calls `body` with a NULL-terminated array of C strings, which live as long as the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let copies = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer {
        for index in strings.indices { unsafe free(copies[index]) }
    }
    return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}
