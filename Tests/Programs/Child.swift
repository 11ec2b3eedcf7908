import CLinux
package import Foundation
import Glibc

/// A program that runs beside the test, and does not outlive this.
///
/// Foundation's `Process` learns of an end by a socket, which programs inherit that other tests start at the same moment;
/// now and then it waits for ever. This asks the kernel, and what it starts inherits nothing.
package final class Child {
    package let identifier: Int32
    private var end: Int32?

    /// - Parameters:
    ///   - words: the path, then the arguments.
    ///   - environment: nil is the test's own.
    ///   - input: nil is empty.
    ///   - errors: nil has them among the output.
    package init(
        _ words: [String], environment: [String: String]? = nil, input: FileHandle? = nil, output: FileHandle,
        errors: FileHandle? = nil
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input.fileDescriptor, STDIN_FILENO)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, (errors ?? output).fileDescriptor, STDERR_FILENO)
        unsafe martlet_close_others(&actions)
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
        let started = unsafe Self.start(words, variables, &actions)
        guard started.code == 0 else {
            let reason = unsafe String(cString: strerror(started.code))
            throw Program.Failure(description: "\(words[0]) cannot be started: \(reason)")
        }
        identifier = started.identifier
    }

    deinit {
        send(SIGKILL)
        wait()
    }

    /// The threads of tests block signals, and ignore some, as their runtime and libraries have it.
    private static func start(
        _ words: [String], _ variables: [String], _ actions: inout posix_spawn_file_actions_t
    ) -> (code: Int32, identifier: pid_t) {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var wordStrings = unsafe words.map { unsafe strdup($0) } + [nil]
        var variableStrings = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe wordStrings.indices { unsafe free(wordStrings[index]) }
            for index in unsafe variableStrings.indices { unsafe free(variableStrings[index]) }
        }
        var identifier: pid_t = 0
        let code = unsafe posix_spawn(
            &identifier, words[0], &actions, &attributes, &wordStrings, &variableStrings)
        return (code, identifier)
    }

    /// Nil while it runs; then the exit code, or minus the signal that ended it.
    package var status: Int32? { collect(WNOHANG) }

    /// Waits for the end. - Returns: as `status`.
    @discardableResult
    package func wait() -> Int32 {
        while true {
            if let status = collect(0) { return status }
        }
    }

    /// Does nothing to a program that has ended.
    package func send(_ signal: Int32) {
        // Once it has been waited for, the id may be another's.
        if end == nil { kill(identifier, signal) }
    }

    private func collect(_ options: Int32) -> Int32? {
        if let end { return end }
        var word: Int32 = 0
        let found = unsafe waitpid(identifier, &word, options)
        guard found == identifier else {
            precondition(found == 0 || errno == EINTR, "somebody else has waited for \(identifier)")
            return nil
        }
        let signal = word & 0x7F
        end = signal == 0 ? word >> 8 & 0xFF : -signal
        return end
    }
}
