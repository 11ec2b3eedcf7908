import Configuration
import Synchronization

/// What of the running proxy the control loop and the admin endpoints share. Nothing here is read per request.
final class ProxyState: Sendable {
    /// How far the process has come; the words of `/ready`.
    enum Phase: Sendable { case starting, ready, draining }

    private struct Values {
        var phase = Phase.starting
        var configuration: ProxyConfiguration
        var logLevel: LogLevel
        var isShutdownRequested = false
    }

    private let values: Mutex<Values>
    private let onShutdown: @Sendable () -> Void

    init(_ configuration: ProxyConfiguration, onShutdown: @escaping @Sendable () -> Void) {
        values = Mutex(Values(configuration: configuration, logLevel: configuration.logging.level))
        self.onShutdown = onShutdown
    }

    var phase: Phase {
        get { values.withLock { $0.phase } }
        set { values.withLock { $0.phase = newValue } }
    }

    /// The configuration in effect; setting it also sets the log level.
    var configuration: ProxyConfiguration {
        get { values.withLock { $0.configuration } }
        set {
            values.withLock {
                $0.configuration = newValue
                $0.logLevel = newValue.logging.level
            }
        }
    }

    var logLevel: LogLevel {
        get { values.withLock { $0.logLevel } }
        set { values.withLock { $0.logLevel = newValue } }
    }

    /// A signal or an operator asked the process to end; that does not go away.
    var isShutdownRequested: Bool { values.withLock { $0.isShutdownRequested } }

    func requestShutdown() {
        values.withLock { $0.isShutdownRequested = true }
        onShutdown()
    }
}
