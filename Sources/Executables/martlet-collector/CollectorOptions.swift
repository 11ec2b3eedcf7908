import ArgumentParser
import Configuration
import EventLoop
import Glibc
import TraceCollector

/// The command line of martlet-collector while it serves.
struct CollectorOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Receives spans, joins them to traces, derives golden signals, stores and answers queries.",
        discussion: """
            Examples
              Listen on the default ports of this machine and keep traces in a directory:
                martlet-collector --data /var/lib/martlet

              Take spans from other machines, keep a week but at most 50 GiB:
                martlet-collector --otlp 0.0.0.0:4318 --otlp-grpc 0.0.0.0:4317 --data /var/lib/martlet \\
                  --retention-age 7d --retention-size 50GiB

              From a file; then only look for mistakes:
                martlet-collector --config collector.yaml
                martlet-collector --config collector.yaml --check

            Every flag is also a key of the file: docs/configuration.md.
            """)

    @Option(help: ArgumentHelp("The YAML file with the settings.", valueName: "path"), completion: .file())
    var config: String?

    @Flag(help: "Read the configuration, report every mistake in it, and end.")
    var check = false

    @OptionGroup(title: "Listeners and logs") var listeners: ListenerOptions
    @OptionGroup(title: "Store") var store: StoreOptions
    @OptionGroup(title: "Bounds") var bounds: BoundOptions

    /// What the command line said, to be loaded together with the file.
    var given: [GivenFlag] { listeners.given + store.given + bounds.given }

    func run() throws {
        let settings = try load()
        if check { return print("configuration is valid") }
        SignalWatcher.block(CollectorRuntime.signals)
        // A file that reaches a size limit (`ulimit -f`) is a full disk to be waited out, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        try CollectorRuntime(settings).run()
    }

    func load() throws(ConfigurationErrors) -> CollectorSettings {
        guard let config else { return try .load(file: nil, flags: given) }
        return try .load(file: .read(config), flags: given)
    }
}

extension Option {
    /// The option of a collector setting.
    fileprivate init(_ flag: String) where Value == GivenFlag? { self.init(flag, of: CollectorSettings.schema) }
}

struct ListenerOptions: ParsableArguments {
    @Option("otlp") var otlp: GivenFlag?
    @Option("otlp-grpc") var otlpGRPC: GivenFlag?
    @Option("query") var query: GivenFlag?
    @Option("metrics") var metrics: GivenFlag?
    @Option("series-budget") var seriesBudget: GivenFlag?
    @Option("log-level") var logLevel: GivenFlag?

    var given: [GivenFlag] { [otlp, otlpGRPC, query, metrics, seriesBudget, logLevel].compactMap(\.self) }
}

struct StoreOptions: ParsableArguments {
    @Option("data") var data: GivenFlag?
    @Option("retention-age") var retentionAge: GivenFlag?
    @Option("retention-size") var retentionSize: GivenFlag?

    var given: [GivenFlag] { [data, retentionAge, retentionSize].compactMap(\.self) }
}

struct BoundOptions: ParsableArguments {
    @Option("joiner-idle") var joinerIdle: GivenFlag?
    @Option("joiner-age") var joinerAge: GivenFlag?
    @Option("joiner-traces") var joinerTraces: GivenFlag?
    @Option("joiner-spans") var joinerSpans: GivenFlag?
    @Option("joiner-bytes") var joinerBytes: GivenFlag?
    @Option("max-request-bytes") var requestBytes: GivenFlag?
    @Option("max-connections") var connections: GivenFlag?

    var given: [GivenFlag] {
        [joinerIdle, joinerAge, joinerTraces, joinerSpans, joinerBytes, requestBytes, connections].compactMap(\.self)
    }
}
