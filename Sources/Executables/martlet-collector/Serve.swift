import ArgumentParser
import Configuration
import EventLoop
import Glibc
import TraceCollector

/// Serves until a signal ends it.
func serve(_ settings: CollectorSettings) throws {
    SignalWatcher.block(CollectorRuntime.signals)
    // A file that reaches a size limit (`ulimit -f`) is a full disk to be waited out, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
        try CollectorRuntime(settings).run()
    } catch {
        let line = Array("martlet-collector: \(error)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        throw ExitCode.failure
    }
}
