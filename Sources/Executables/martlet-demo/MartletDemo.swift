import ArgumentParser
import Configuration
import Demo
import Glibc

/// A shop behind Martlet, watched by a real Prometheus and Alertmanager, on loopback.
struct MartletDemo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-demo", abstract: "Runs a shop behind Martlet, with everything that watches it.",
        discussion: """
            Examples
              Run the shop and watch it, until Ctrl-C:
                martlet-demo

              The same, and break checkout after 20 seconds:
                martlet-demo run --incident checkout

              In a second terminal, slow payment down, fail a tenth, and mend it again:
                martlet-demo set payment --latency-ms 300 --failure-rate 0.1
                martlet-demo set payment --latency-ms 15 --failure-rate 0

              Assert every step of an incident, without a terminal:
                martlet-demo check --incident payment

            `make demo` and `make demo-check` build first; they pass ARGS='--rate 100' on.
            """,
        version: Version.line(of: "martlet-demo"), subcommands: [Run.self, Check.self, Change.self],
        defaultSubcommand: Run.self)
}

extension ServiceName: ExpressibleByArgument {}

/// What `run` and `check` have in common.
struct Choices: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "First of a row of loopback ports (default: \(PortPlan.usualBase) to run, any free row to check).",
            valueName: "port"))
    var portBase: UInt16?

    @Option(help: ArgumentHelp("Requests per second of the load, 1 to 1000.", valueName: "number"))
    var rate = DemoOptions().ratePerSecond

    @Option(
        help: ArgumentHelp(
            "The service to break: from then on half of its requests fail.", valueName: "service"))
    var incident: ServiceName?

    @Flag(help: "Let the proxies speak plaintext to each other, for comparison.")
    var noMtls = false

    func validate() throws {
        guard (1...1000).contains(rate) else {
            throw ValidationError("--rate: found \(rate), allowed is 1 to 1000 requests per second")
        }
    }

    var options: DemoOptions {
        var options = DemoOptions()
        options.portBase = portBase
        options.ratePerSecond = rate
        options.incident = incident
        options.mutualTLS = !noMtls
        return options
    }
}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run and watch until Ctrl-C.",
        discussion: """
            Examples
              martlet-demo run --incident checkout
              martlet-demo run --rate 100 --port-base 19000

            On a terminal the view is refreshed in place; elsewhere it is lines. Everything that was started ends with it.
            """)
    @OptionGroup var choices: Choices

    @Option(
        help: ArgumentHelp("Seconds of steady traffic before the incident, 5 to 3600.", valueName: "seconds"))
    var warmUp = DemoOptions().warmUpSeconds

    func validate() throws {
        guard (5...3600).contains(warmUp) else {
            throw ValidationError("--warm-up: found \(warmUp), allowed is 5 to 3600 seconds")
        }
    }

    func run() throws {
        var options = choices.options
        options.warmUpSeconds = warmUp
        throw ExitCode(try Demo.run(options))
    }
}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run an incident headless and assert every step of it.",
        discussion: """
            Examples
              martlet-demo check
              martlet-demo check --incident payment

            Breaks checkout unless told otherwise. One line per assertion; the last line counts them, and the exit status \
            is 0 when all hold.
            """)
    @OptionGroup var choices: Choices
    func run() throws { throw ExitCode(try Demo.check(choices.options)) }
}
