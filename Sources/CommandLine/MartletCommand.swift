package import ArgumentParser
internal import Configuration

/// `martlet`: what people and scripts do with a mesh.
package struct MartletCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "martlet", abstract: "Sets up a mesh and looks into it.",
        subcommands: [IdentityCommand.self, RedirectCommand.self])

    package init() {}

    /// Parses the command line, runs the command and ends the process.
    package static func main() -> Never { runAsProgram() }
}
