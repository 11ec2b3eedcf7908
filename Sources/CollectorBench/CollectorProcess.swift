package import EventLoop
package import Glibc

/// A `martlet-collector` that runs as a process of its own, on free loopback ports.
package final class CollectorProcess {
    package let identifier: pid_t
    package let otlp: SocketAddress
    package let query: SocketAddress
    package let metrics: SocketAddress
    private var hasEnded = false

    /// How a process ended and what it used.
    package struct End: Equatable, Sendable {
        /// Exit code; nil when a signal ended it.
        package var code: Int32?
        package var userNanoseconds: UInt64
        package var systemNanoseconds: UInt64
        package var peakResidentKibibytes: Int
    }

    /// Starts the program and waits until it says that it is ready.
    ///
    /// - Parameters:
    ///   - data: the store's directory.
    ///   - log: a file for what the process writes.
    ///   - startTimeout: includes the replay of a log that an earlier process left.
    package init(
        executable: String, data: String, log: String, arguments: [String] = [],
        startTimeout: Duration = .seconds(60)
    ) throws(BenchError) {
        let ports = ["--otlp", "--query", "--metrics"].flatMap { [$0, "127.0.0.1:0"] }
        identifier = try Self.spawn([executable] + ports + ["--data", data] + arguments, log: log)
        let deadline = MonotonicTime.now().advanced(by: startTimeout)
        while true {
            let written = Self.text(ofFile: log)
            if let addresses = Self.addresses(in: written) {
                (otlp, query, metrics) = addresses
                return
            }
            if waitpid(identifier, nil, WNOHANG) == identifier {
                throw BenchError("\(executable) ended at its start; it wrote: \(written)")
            }
            guard MonotonicTime.now() < deadline else {
                kill(identifier, SIGKILL)
                waitpid(identifier, nil, 0)
                throw BenchError("\(executable) was not ready after \(startTimeout); it wrote: \(written)")
            }
            usleep(5_000)
        }
    }

    deinit {
        guard !hasEnded else { return }
        kill(identifier, SIGKILL)
        waitpid(identifier, nil, 0)
    }

    /// Sends `signal` and waits for the end.
    package func end(by signal: Int32 = SIGTERM) throws(BenchError) -> End {
        guard !hasEnded else { throw BenchError("the collector has ended before") }
        hasEnded = true
        kill(identifier, signal)
        var status: Int32 = 0
        var usage = rusage()
        guard unsafe wait4(identifier, &status, 0, &usage) == identifier else {
            throw BenchError("cannot wait for process \(identifier): \(unsafe String(cString: strerror(errno)))")
        }
        return End(
            code: status & 0x7F == 0 ? status >> 8 & 0xFF : nil, userNanoseconds: Self.nanoseconds(usage.ru_utime),
            systemNanoseconds: Self.nanoseconds(usage.ru_stime), peakResidentKibibytes: usage.ru_maxrss)
    }

    /// CPU time of all threads so far, ended ones included. Nanoseconds.
    package var cpuNanoseconds: UInt64 {
        var clock = clockid_t()
        var time = timespec()
        guard unsafe clock_getcpuclockid(identifier, &clock) == 0, unsafe clock_gettime(clock, &time) == 0 else {
            return 0
        }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    package var residentKibibytes: Int {
        for line in Self.text(ofFile: "/proc/\(identifier)/status").split(separator: "\n") {
            guard line.hasPrefix("VmRSS:") else { continue }
            return line.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0
        }
        return 0
    }

    private static func nanoseconds(_ time: timeval) -> UInt64 {
        UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_usec) * 1_000
    }

    /// The three addresses of the line that the collector writes when it serves.
    private static func addresses(in log: String) -> (SocketAddress, SocketAddress, SocketAddress)? {
        guard let line = log.split(separator: "\n").last(where: { $0.contains("ready: ") }) else { return nil }
        func address(after word: String) -> SocketAddress? {
            guard let start = line.firstRange(of: word + " ")?.upperBound else { return nil }
            return SocketAddress(String(line[start...].prefix { $0 != "," }))
        }
        guard let otlp = address(after: "OTLP"), let query = address(after: "Jaeger API"),
            let metrics = address(after: "metrics")
        else { return nil }
        return (otlp, query, metrics)
    }

    /// The collector gets a process group of its own, so that Ctrl-C reaches its owner alone, and no blocked signals.
    private static func spawn(_ arguments: [String], log: String) throws(BenchError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        unsafe sigemptyset(&noSignals)
        unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var identifier: pid_t = 0
        let code = unsafe posix_spawn(&identifier, arguments[0], &actions, &attributes, &words, environ)
        guard code == 0 else {
            throw BenchError(
                "cannot start \(arguments[0]): \(unsafe String(cString: strerror(code))); make build makes it")
        }
        return identifier
    }

    private static func text(ofFile path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
