import ArgumentParser
import Configuration
import Demo
import Glibc

/// A shop behind Martlet, watched by a real Prometheus and Alertmanager, on loopback.
struct MartletDemo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-demo", abstract: "Runs a shop behind Martlet, with everything that watches it.",
        subcommands: [Run.self, Check.self], defaultSubcommand: Run.self)

    struct Choices: ParsableArguments {
        @Option(
            help: "First of a row of loopback ports (default: \(PortPlan.usualBase) to run, any free row to check).")
        var portBase: UInt16?

        @Option(help: "Requests per second of the load.")
        var rate = DemoOptions().ratePerSecond

        @Option(help: "Service to break: \(ServiceName.allCases.map(\.rawValue).joined(separator: ", ")).")
        var incident: String?

        func options() throws -> DemoOptions {
            var options = DemoOptions()
            options.portBase = portBase
            guard (1...1000).contains(rate) else {
                throw ValidationError("--rate: found \(rate), allowed is 1 to 1000 requests per second")
            }
            options.ratePerSecond = rate
            if let incident {
                guard let service = ServiceName(rawValue: incident), service != .web else {
                    let others = ServiceName.allCases.filter { $0 != .web }.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--incident: found \(incident), allowed is \(others)")
                }
                options.incident = service
            }
            return options
        }
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Run and watch until Ctrl-C.")
        @OptionGroup var choices: Choices
        func run() throws { throw ExitCode(try Demo.run(try choices.options())) }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run an incident headless and assert every step of it.")
        @OptionGroup var choices: Choices
        func run() throws { throw ExitCode(try Demo.check(try choices.options())) }
    }
}

MartletDemo.runAsProgram()
