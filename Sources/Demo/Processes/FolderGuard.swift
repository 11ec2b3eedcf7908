import EventLoop
import Glibc

/// Removes the demo's folder when the demo could not, because it was killed: a shell that waits for the end of a pipe
/// whose writing side the demo alone holds, and which the kernel closes with it.
final class FolderGuard {
    private let shell: ChildProcess
    private let lifeline: Int32

    /// Programs of the demo die a moment after the pipe is closed, and may leave a file behind a removal; hence the loop,
    /// which gives up after two seconds.
    private static let script = """
        read -r _
        for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; rm -rf -- "$1" && break; done
        """

    init(folder: String) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("make a pipe") }
        defer { close(ends[0]) }
        lifeline = ends[1]
        // No other child may hold it open.
        _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
        do throws(SystemError) {
            shell = try ChildProcess(
                Command(
                    name: "folder-guard", executable: "/bin/sh",
                    arguments: ["-c", Self.script, "folder-guard", folder],
                    outlivesDemo: true),
                folder: folder, input: ends[0])
        } catch {
            close(lifeline)
            throw error
        }
    }

    /// Ends the guard: the folder is removed in order. To be called once.
    func dismiss() {
        shell.send(SIGKILL)
        shell.waitForEnd()
        close(lifeline)
    }
}
