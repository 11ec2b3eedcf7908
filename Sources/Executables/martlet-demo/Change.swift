import ArgumentParser
import Demo

/// `martlet-demo set`: changes how a service of a running demo behaves.
struct Change: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change how a service of a running demo behaves, or show it.",
        discussion: """
            Examples
              martlet-demo set checkout
              martlet-demo set checkout --failure-rate 0.5
              martlet-demo set payment --latency-ms 300 --spread 0.2

            What is not named stays as it is. The same by HTTP, at the service's own port:
              curl -X POST 'http://127.0.0.1:\(PortPlan.usualPort(of: .checkout))/_control?failure_rate=0.5&latency_ms=20'
            """)

    @Argument(help: "The service.")
    var service: ServiceName

    @Option(help: ArgumentHelp("Share of requests that are answered 500, 0 to 1.", valueName: "share"))
    var failureRate: Double?

    @Option(help: ArgumentHelp("Median time to answer in milliseconds, 0 to 60000.", valueName: "milliseconds"))
    var latencyMs: Double?

    @Option(
        help: ArgumentHelp(
            "Spread of a log-normal latency, 0 to 3; 0 makes every answer take the median.", valueName: "sigma"))
    var spread: Double?

    @Option(help: ArgumentHelp("First of the running demo's ports.", valueName: "port"))
    var portBase = PortPlan.usualBase

    func run() throws {
        let change = BehaviourChange(failureRate: failureRate, latencyMilliseconds: latencyMs, spread: spread)
        throw ExitCode(try Demo.set(service, change, portBase: portBase))
    }
}
