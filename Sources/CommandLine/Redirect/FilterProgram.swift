internal import Glibc

/// A program of the system that reads or writes the packet filter's rules.
struct FilterProgram {
    /// Where it is.
    let path: String

    /// Bytes of a pipe (pipe(7)): what is written before its reader runs must fit.
    private static let inputBytesMax = 65_536

    /// - Parameter package: Debian's, for whoever has to install it.
    init(_ path: String, package: String) throws(RedirectError) {
        guard Self.isThere(path) else {
            throw RedirectError("\(path) is missing; install it: apt-get install \(package)")
        }
        self.path = path
    }

    static func isThere(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// What it says. - Throws: when it fails.
    @discardableResult
    func output(_ arguments: [String], input: String = "") throws(RedirectError) -> String {
        let result = try run(arguments, input: input)
        guard result.status == 0 else { throw failure(result) }
        return result.output
    }

    /// The same, or nil when it fails since there is nothing of that name.
    func output(_ arguments: [String], unlessItSays absence: String) throws(RedirectError) -> String? {
        let result = try run(arguments, input: "")
        if result.status == 0 { return result.output }
        if result.output.contains(absence) { return nil }
        throw failure(result)
    }

    private typealias Result = (status: Int32, output: String)

    private func failure(_ result: Result) -> RedirectError {
        if result.output.contains("not permitted") || result.output.contains("ermission denied") {
            return RedirectError(
                "the packet filter may not be changed; run as root or with the capability CAP_NET_ADMIN")
        }
        let lines = result.output.split(separator: "\n").joined(separator: " ")
        return RedirectError("\(path) ended with status \(result.status): \(lines)")
    }

    // MARK: The process

    private func run(_ arguments: [String], input: String) throws(RedirectError) -> Result {
        guard input.utf8.count < Self.inputBytesMax else {
            throw RedirectError("the rules have \(input.utf8.count) bytes, allowed are \(Self.inputBytesMax)")
        }
        var (feed, output): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard unsafe pipe(&feed) == 0, unsafe pipe(&output) == 0 else {
            throw RedirectError("no pipe to \(path): \(unsafe String(cString: strerror(errno)))")
        }
        let bytes = Array(input.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(feed[1], $0.baseAddress, $0.count) }
        close(feed[1])
        let process = spawn([path] + arguments, from: feed[0], to: output[1])
        close(feed[0])
        close(output[1])
        defer { close(output[0]) }
        guard let process else { throw RedirectError("\(path) cannot be started") }
        let said = Self.readAll(output[0])
        var status: Int32 = 0
        unsafe waitpid(process, &status, 0)
        let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        return (code, String(decoding: said, as: UTF8.self))
    }

    private func spawn(_ words: [String], from input: Int32, to output: Int32) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        var strings: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe strings.indices { unsafe free(strings[index]) } }
        var process: pid_t = 0
        return unsafe posix_spawn(&process, path, &actions, nil, &strings, environ) == 0 ? process : nil
    }

    private static func readAll(_ descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return all }
            all += block[..<count]
        }
    }
}

/// Why the packet filter's rules are not as they were wanted.
struct RedirectError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
