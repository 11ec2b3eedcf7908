import ArgumentParser
import Configuration

/// `martlet-controller`: what the sidecars of a mesh ask, one subcommand for each service.
struct ControllerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-controller", abstract: "The services that the sidecars of a mesh ask.",
        version: Version.line(of: "martlet-controller"), subcommands: [IdentityServiceOptions.self])
}
