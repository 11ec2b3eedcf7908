import ArgumentParser
import Configuration

/// `martlet-collector`: serves unless a subcommand says otherwise.
struct CollectorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-collector",
        abstract: "Receives spans, joins them to traces, derives golden signals, stores and answers queries.",
        version: Version.line(of: "martlet-collector"), subcommands: [CollectorOptions.self, ExportCommand.self],
        defaultSubcommand: CollectorOptions.self)
}
